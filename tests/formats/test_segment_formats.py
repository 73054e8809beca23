"""The formats of segments, read by other people's readers: a video with two faces, a gap and a cut."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest
import webvtt
from praatio import textgrid
from pympi import Eaf, TextGrid
from support.two_faces import scene, two_faces
from writer_inputs import MILLISECOND, face, reading

import fervid
from fervid import FrameReading, Segment, Timeline, formats
from fervid.cli import run
from fervid.core.emotions import FERPLUS, UNCERTAIN
from fervid.core.markers import Marker
from fervid.core.readings import Frame
from fervid.formats.context import Context
from fervid.formats.output import Memory
from fervid.run.batch import Batch
from fervid.run.results import Results
from fervid.sources.base import SourceInfo

SEGMENT_FORMATS = formats.names("segments")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """A folder with the clip, and with its timeline and segments in every format, of one run."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "results").mkdir()
    clip = two_faces(folder / "two & one.mp4")
    results, settings = Results(forms=("csv", *SEGMENT_FORMATS)), fervid.Settings(smoothing="none")
    with Batch([str(clip)], settings, results, output=str(folder / "results")) as batch:
        assert [outcome.error for outcome in batch] == [None]
    return folder


@pytest.fixture(scope="module")
def expected(study: Path) -> tuple[Segment, ...]:
    """The segments of the timeline that the same run wrote."""
    return fervid.segments(Timeline.load(study / "results" / "two & one.csv"))


def result(study: Path, suffix: str) -> Path:
    return study / "results" / f"two & one{suffix}"


def test_the_clip_has_two_faces_a_gap_and_a_cut(expected: tuple[Segment, ...]) -> None:
    assert len({segment.face_id for segment in expected}) >= 3
    assert sum(segment.start < 0.5 for segment in expected) == 2
    assert {segment.emotion for segment in expected} >= {"happy", "surprise"}
    assert not any(segment.start < 50 < segment.end for segment in expected)
    assert max(segment.end for segment in expected) == pytest.approx(101.8)
    assert all(segment.end == pytest.approx(1.8) for segment in expected if segment.start < 1.7 < segment.end)


def test_segments_come_back_from_csv(study: Path, expected: tuple[Segment, ...]) -> None:
    with result(study, ".segments.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert {row["file"] for row in rows} == {str(study / "two & one.mp4")}
    assert [
        Segment(
            int(row["face_id"]),
            float(row["start_s"]),
            float(row["end_s"]),
            row["emotion"],
            float(row["mean_probability"]),
            float(row["peak_probability"]),
            int(row["frames"]),
        )
        for row in rows
    ] == [
        Segment(
            each.face_id,
            round(each.start, 3),
            round(each.end, 3),
            each.emotion,
            pytest.approx(each.mean_probability, abs=0.0002),  # type: ignore[arg-type]
            pytest.approx(each.peak_probability, abs=0.0002),  # type: ignore[arg-type]
            each.frames,
        )
        for each in expected
    ]


def in_milliseconds(segments: tuple[Segment, ...]) -> list[tuple[str, int, int, str]]:
    return [
        (f"face {each.face_id}", round(each.start * 1000), round(each.end * 1000), each.emotion) for each in segments
    ]


def test_pympi_reads_the_elan_file(study: Path, expected: tuple[Segment, ...]) -> None:
    file = Eaf(str(result(study, ".eaf")))
    found = [
        (tier, start, end, text)
        for tier in file.get_tier_names()
        for start, end, text in sorted(file.get_annotation_data_for_tier(tier))
    ]
    assert found == in_milliseconds(expected)
    (media,) = file.get_linked_files()
    assert media["MEDIA_URL"] == f"file://{study}/two & one.mp4"
    assert media["RELATIVE_MEDIA_URL"] == "../two & one.mp4"
    assert media["MIME_TYPE"] == "video/mp4"
    words = {value for values, _ in file.get_cv_entries("emotions").values() for value, *_ in values}
    assert words == {*Timeline.load(result(study, ".csv")).classes, UNCERTAIN}
    assert file.get_parameters_for_linguistic_type("emotion")["CONTROLLED_VOCABULARY_REF"] == "emotions"


def test_the_head_of_the_elan_file_says_who_wrote_it_and_how_to_read_it(tmp_path: Path) -> None:
    (tmp_path / "clip.mkv").write_bytes(b"any")
    os.utime(tmp_path / "clip.mkv", (0, 1_700_000_000))
    timeline = Timeline(
        FERPLUS, tuple(reading(n, n / 25, "happy", "sad") for n in range(25)), markers=(Marker(1, 0.5, "go"),)
    )
    timeline.save(tmp_path / "talk.eaf", media=tmp_path / "clip.mkv")
    root = ET.parse(tmp_path / "talk.eaf").getroot()
    assert (tmp_path / "talk.eaf").read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    assert root.tag == "ANNOTATION_DOCUMENT"
    assert root.attrib == {
        "AUTHOR": f"fervid {fervid.__version__}",
        "DATE": "2023-11-14T22:13:20+00:00",
        "FORMAT": "3.0",
        "VERSION": "3.0",
        "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
    }
    (header,) = root.iter("HEADER")
    assert header.attrib == {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    assert header[0].attrib["MIME_TYPE"] == "video/*", "a kind of video that ELAN has no name for"
    annotations = [each.attrib["ANNOTATION_ID"] for each in root.iter("ALIGNABLE_ANNOTATION")]
    assert annotations == ["a1", "a2", "a3"]
    assert [(each.attrib["NAME"], each.text) for each in root.iter("PROPERTY")] == [("lastUsedAnnotationId", "3")]
    face, *_ = root.iter("TIER")
    assert face.attrib == {
        "ANNOTATOR": "fervid",
        "LINGUISTIC_TYPE_REF": "emotion",
        "PARTICIPANT": "face 1",
        "TIER_ID": "face 1",
    }
    types = {each.attrib.pop("LINGUISTIC_TYPE_ID"): each.attrib for each in root.iter("LINGUISTIC_TYPE")}
    aligned = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true"}
    assert types == {"marker": aligned, "emotion": {**aligned, "CONTROLLED_VOCABULARY_REF": "emotions"}}
    (vocabulary,) = root.iter("CONTROLLED_VOCABULARY")
    assert vocabulary.attrib == {"CV_ID": "emotions"}
    (language,) = root.iter("LANGUAGE")
    assert language.attrib == {
        "LANG_DEF": "http://cdb.iso.org/lg/CDB-00130975-001",
        "LANG_ID": "und",
        "LANG_LABEL": "undetermined (und)",
    }
    assert {each.attrib["LANG_REF"] for each in vocabulary.iter() if "LANG_REF" in each.attrib} == {"und"}
    between = [text or "" for each in root.iter() for text in (each.tail, each.text if len(each) else "")]
    assert not "".join(between).strip(), "an element holds a text or others"


def test_an_elan_file_without_a_video_has_the_date_from_which_computers_count() -> None:
    root = ET.fromstring(encoded("elan", reading(0, 0.0, "happy")))
    assert root.attrib["DATE"] == "1970-01-01T00:00:00+00:00"
    assert [each.tag for each in root[0]] == ["PROPERTY"]
    assert not (root[0].text or "").strip()


def test_the_elements_of_the_elan_file_are_in_the_order_of_its_schema(study: Path) -> None:
    root = ET.parse(result(study, ".eaf")).getroot()
    tags = list(dict.fromkeys(child.tag for child in root))
    known = ["LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"]
    assert tags == [tag for tag in (*known, "CONTROLLED_VOCABULARY") if tag in tags]
    assert [child.tag for child in root[0]] == ["MEDIA_DESCRIPTOR", "PROPERTY"]
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    annotations = list(root.iter("ALIGNABLE_ANNOTATION"))
    assert len({each.attrib["ANNOTATION_ID"] for each in annotations}) == len(annotations)
    entries = {entry.attrib["CVE_ID"]: entry.findtext("CVE_VALUE") for entry in root.iter("CV_ENTRY_ML")}
    for each in annotations:
        assert slots[each.attrib["TIME_SLOT_REF1"]] < slots[each.attrib["TIME_SLOT_REF2"]]
        assert entries[each.attrib["CVE_REF"]] == each.findtext("ANNOTATION_VALUE")


def test_praatio_and_pympi_read_the_textgrid(study: Path, expected: tuple[Segment, ...]) -> None:
    path = str(result(study, ".textgrid"))
    grid = textgrid.openTextgrid(path, includeEmptyIntervals=True, reportingMode="error")
    found = [(tier.name, *interval) for tier in grid.tiers for interval in tier.entries]
    assert [
        (name, round(start * 1000), round(end * 1000), text) for name, start, end, text in found if text
    ] == in_milliseconds(expected)
    for tier in grid.tiers:
        assert (tier.minTimestamp, tier.maxTimestamp) == (0, pytest.approx(101.8))
        assert tier.entries[0].start == 0
        assert tier.entries[-1].end == tier.maxTimestamp
        assert [each.end for each in tier.entries[:-1]] == [each.start for each in tier.entries[1:]]
    others = [tier.get_all_intervals() for tier in TextGrid(path).get_tiers()]
    assert sum(bool(text) for tier in others for _, _, text in tier) == len(expected)


def shown(segments: tuple[Segment, ...], time: float) -> list[str]:
    return [f"face {each.face_id}: {each.emotion}" for each in segments if each.start <= time < each.end]


def test_webvtt_py_and_pysubs2_read_the_captions(study: Path, expected: tuple[Segment, ...]) -> None:
    cues = [
        (each.start_time.in_milliseconds(), each.end_time.in_milliseconds(), each.text.split("\n"))
        for each in webvtt.read(str(result(study, ".vtt")))
    ]
    for name, form in ((".vtt", "vtt"), (".srt", "srt")):
        events = pysubs2.load(str(result(study, name)), format_=form)
        assert [(each.start, each.end, each.plaintext.split("\n")) for each in events] == cues
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(cues))
    for start, end, lines in cues:
        assert lines == shown(expected, (start + end) / 2000)
    assert sum(end - start for start, end, _ in cues) == pytest.approx(2 * 1800, abs=160)


def boris_rows(content: bytes) -> list[list[str]]:
    """The rows of the first sheet, with the values as they are stored."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
        ET.fromstring(archive.read("META-INF/manifest.xml"))
        root = ET.fromstring(archive.read("content.xml"))
    table, value = (
        "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
        "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    )
    between = [text for row in root.iter(f"{table}table-row") for text in (row.text, *(cell.tail for cell in row))]
    assert not any(between), "a row holds cells alone"
    return [
        [cell.get(f"{value}value") or "".join(cell.itertext()) for cell in row.iter(f"{table}table-cell")]
        for row in root.iter(f"{table}table-row")
    ]


def test_the_events_for_boris_start_and_stop_in_turn(study: Path, expected: tuple[Segment, ...]) -> None:
    header, *events = boris_rows(result(study, ".boris.ods").read_bytes())
    assert header == ["time", "subject", "code", "modifier", "comment"]
    assert [float(event[0]) for event in events] == sorted(float(event[0]) for event in events)
    open_states: dict[tuple[str, str], float] = {}
    found = []
    for time, subject, code, _, comment in events:
        assert comment == ("STOP" if (subject, code) in open_states else "START")
        start = open_states.pop((subject, code), None)
        if start is None:
            open_states[subject, code] = float(time)
        else:
            found.append((subject, round(start * 1000), round(float(time) * 1000), code))
    assert not open_states
    assert sorted(found) == sorted(in_milliseconds(expected))


def test_boris_finds_an_opendocument_package() -> None:
    """As parts 1 and 3 of OpenDocument 1.2 have it (https://docs.oasis-open.org/office/v1.2/)."""
    names = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
    with zipfile.ZipFile(io.BytesIO(encoded("boris", *(reading(n, n / 25, "happy") for n in range(25))))) as archive:
        manifest = ET.fromstring(archive.read("META-INF/manifest.xml"))
        content = ET.fromstring(archive.read("content.xml"))
        packed = {each.filename: each.compress_type == zipfile.ZIP_DEFLATED for each in archive.infolist()}
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}, "the same every day"
    assert packed == {"mimetype": False, "META-INF/manifest.xml": True, "content.xml": True}
    own = names % "manifest"
    assert manifest.get(f"{own}version") == content.get(f"{names % 'office'}version") == "1.2"
    assert [
        (each.get(f"{own}full-path"), each.get(f"{own}media-type"), each.get(f"{own}version")) for each in manifest
    ] == [
        ("/", "application/vnd.oasis.opendocument.spreadsheet", "1.2"),
        ("content.xml", "text/xml", None),
    ]
    ((sheet,),) = content.iterfind(f"{names % 'office'}body/{names % 'office'}spreadsheet")
    assert sheet.get(f"{names % 'table'}name") == "events"
    kinds = [cell.get(f"{names % 'office'}value-type") for cell in sheet[1]]
    assert kinds == ["float", *["string"] * 4]
    assert ["".join(cell.itertext()) for cell in sheet[1]] == ["0.000", "face 1", "happy", "", "START"]


@pytest.mark.parametrize("name", SEGMENT_FORMATS)
def test_converting_the_timeline_gives_what_the_run_wrote(
    name: str, study: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    form = formats.by_name(name)
    assert run(["convert", str(result(study, ".csv")), "-o", "-", "--format", name, "-q"]) == 0
    converted, written = capsysbinary.readouterr().out, result(study, form.suffix).read_bytes()
    if name == "segments":
        digits = rb"0\.\d{4}"  # probabilities of a timeline are rounded
        assert re.sub(digits, b"", converted) == re.sub(digits, b"", written)
    else:  # standard output lies in no folder, from which a path could lead to the video
        assert converted == re.sub(rb' RELATIVE_MEDIA_URL="[^"]*"', b"", written)


def test_a_timeline_without_the_facts_beside_it_names_no_video(study: Path, tmp_path: Path) -> None:
    shutil.copy(result(study, ".csv"), tmp_path / "alone.csv")
    assert run(["convert", str(tmp_path / "alone.csv"), "-o", str(tmp_path / "alone.eaf"), "-q"]) == 0
    assert Eaf(str(tmp_path / "alone.eaf")).get_linked_files() == []


def encoded(name: str, *readings: FrameReading, **context: object) -> bytes:
    output = Memory()
    classes = readings[0].faces[0].classes if readings and readings[0].faces else FERPLUS
    writer = formats.by_name(name, "segments").open(output, Context(classes, **context))  # type: ignore[arg-type]
    with writer:
        for each in readings:
            writer.write(Frame(scene(0), each.index, round(each.time * 1000), MILLISECOND), each)  # type: ignore[arg-type]
        writer.finish()
    return output.content


ODD = 'a & b <c> --> "d"'


def odd_readings() -> list[FrameReading]:
    one = face("happy")
    classes = (ODD, *one.classes[1:])
    readings = []
    for index in range(20):
        shares = one.probabilities[[1, 0, *range(2, len(classes))]]
        odd = fervid.FaceReading(index, index / 25, 1, one.box, 0.9, classes, shares, shares)
        readings.append(FrameReading(index, index / 25, (odd,)))
    return readings


@pytest.mark.parametrize("name", SEGMENT_FORMATS)
def test_text_that_means_something_to_the_format_comes_back_as_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"odd{formats.by_name(name).suffix}"
    video = Path('a "b" & <c>\x1b.mp4')
    path.write_bytes(encoded(name, *odd_readings(), media=video))
    if name == "segments":
        with path.open(newline="") as stream:
            (row,) = csv.DictReader(stream, strict=True)
        assert (row["file"], row["emotion"]) == (str(video), ODD)
    elif name == "elan":
        assert [text for *_, text in Eaf(str(path)).get_annotation_data_for_tier("face 1")] == [ODD]
    elif name == "praat":
        (tier,) = textgrid.openTextgrid(str(path), includeEmptyIntervals=False).tiers
        assert [each.label for each in tier.entries] == [ODD]
        assert ODD.replace('"', '""') in path.read_text(encoding="utf-8"), "Praat doubles quotation marks"
    elif name == "webvtt":
        (cue,) = webvtt.read(str(path))
        assert cue.raw_text == 'a &amp; b &lt;c&gt; --&gt; "d"'
    elif name == "srt":
        (event,) = pysubs2.load(str(path), format_="srt")
        assert event.text == 'a & b (c) --) "d"'
    else:
        assert [row[2] for row in boris_rows(path.read_bytes())] == ["code", ODD, ODD]


@pytest.mark.parametrize("name", SEGMENT_FORMATS)
def test_a_video_without_a_face_gives_a_file_all_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"empty{formats.by_name(name).suffix}"
    for readings in ([], [reading(n, n / 25) for n in range(50)]):
        path.write_bytes(encoded(name, *readings))
        if name == "segments":
            assert path.read_text().count("\n") == 1
        elif name == "elan":
            assert not list(Eaf(str(path)).get_tier_names())
        elif name == "praat":
            (tier,) = textgrid.openTextgrid(str(path), includeEmptyIntervals=True).tiers
            assert [each.label for each in tier.entries] == [""]
        elif name == "webvtt":
            assert list(webvtt.read(str(path))) == []
        elif name == "srt":
            assert path.read_bytes() == b""
        else:
            assert len(boris_rows(path.read_bytes())) == 1


def test_a_clock_that_starts_late_starts_at_0_for_players_alone() -> None:
    readings = [reading(n, 72_000 + n / 25, "happy") for n in range(25)]
    source = SourceInfo(Path("tape.ts"), 96, 64, MILLISECOND, Fraction(25), start=72_000.0, starts_late=True)
    assert b"00:00:00.000 --> 00:00:01.000" in encoded("webvtt", *readings, source=source)
    assert b"xmax = 1\n" in encoded("praat", *readings, source=source)
    assert b"72000.000,72001.000,happy" in encoded("segments", *readings, source=source)


def test_nothing_before_the_beginning_is_left_where_players_count() -> None:
    emotions = ["happy"] * 25 + ["sad"] * 50 + ["happy"] * 50  # up to -1 s, up to 1 s, up to 3 s
    readings = [reading(n, n / 25 - 2, emotion) for n, emotion in enumerate(emotions)]
    (tier,) = ET.fromstring(encoded("elan", *readings)).iter("TIER")
    assert [each.text for each in tier.iter("ANNOTATION_VALUE")] == ["sad", "happy"]
    assert [row[:3] + row[4:] for row in boris_rows(encoded("boris", *readings))[1:]] == [
        ["0.000", "face 1", "sad", "START"],
        ["1.000", "face 1", "sad", "STOP"],
        ["1.000", "face 1", "happy", "START"],
        ["3.000", "face 1", "happy", "STOP"],
    ]
    assert re.findall(rb"(\S+) --> (\S+)\n(\w+)", encoded("webvtt", *readings)) == [
        (b"00:00:00.000", b"00:00:01.000", b"sad"),
        (b"00:00:01.000", b"00:00:03.000", b"happy"),
    ]
    assert re.findall(rb'text = "(\w*)"', encoded("praat", *readings)) == [b"sad", b"happy"]
    assert encoded("segments", *readings).splitlines()[1].startswith(b",1,-2.000,-1.000,happy")


def test_segments_shorter_than_a_millisecond_do_not_overlap_in_elan(tmp_path: Path) -> None:
    readings = [reading(n, n / 2400, "sad" if n % 2 else "happy") for n in range(2400)]
    (tmp_path / "fast.eaf").write_bytes(encoded("elan", *readings, shortest=0))
    annotations = sorted(Eaf(str(tmp_path / "fast.eaf")).get_annotation_data_for_tier("face 1"))
    assert [(start, end) for start, end, _ in annotations] == [(n, n + 1) for n in range(1000)]
    assert {text for *_, text in annotations} == {"happy", "sad"}


@pytest.mark.parametrize("name", ["elan", "boris"])
def test_a_character_that_xml_cannot_hold_is_a_question_mark(name: str) -> None:
    content = encoded(name, reading(0, 0.0, "happy"), markers=(Marker(1, 0.0, "a\x07b\udce9"),))
    if name == "elan":
        assert "a?b?" in [each.text for each in ET.fromstring(content).iter("ANNOTATION_VALUE")]
    else:
        assert "a?b?" in [row[-1] for row in boris_rows(content)]


def test_one_face_is_not_named_in_captions() -> None:
    readings = [reading(n, n / 25, "happy") for n in range(25)]
    assert encoded("srt", *readings) == b"1\n00:00:00,000 --> 00:00:01,000\nhappy\n\n"


def test_the_shortest_segment_is_an_option(tmp_path: Path) -> None:
    timeline = Timeline(FERPLUS, tuple(reading(n, n / 25, "sad" if 10 <= n < 15 else "happy") for n in range(25)))
    timeline.save(tmp_path / "talk.csv")
    assert run(["convert", str(tmp_path / "talk.csv"), "-o", str(tmp_path / "a.srt"), "-q"]) == 0
    assert run(["convert", str(tmp_path / "talk.csv"), "-o", str(tmp_path / "b.srt"), "--shortest", "0.2", "-q"]) == 0
    timeline.save(tmp_path / "c.srt", shortest=0.2)
    assert "sad" not in (tmp_path / "a.srt").read_text()
    assert (tmp_path / "b.srt").read_text().count("-->") == 3
    assert (tmp_path / "b.srt").read_bytes() == (tmp_path / "c.srt").read_bytes()


def test_segments_for_excel_have_a_decimal_comma_in_numbers_alone(tmp_path: Path) -> None:
    timeline = Timeline(FERPLUS, tuple(reading(n, n / 25, "happy") for n in range(25)))
    timeline.save(tmp_path / "talk.segments.csv", csv_dialect="excel", media="a.mp4")
    header, row = (tmp_path / "talk.segments.csv").read_bytes().decode("utf-8").splitlines()
    assert header.startswith("\ufefffile;face_id;start_s;")
    assert row == "a.mp4;1;0,000;1,000;happy;0,9000;0,9000;25"


def test_a_saved_timeline_may_name_its_video(tmp_path: Path) -> None:
    (tmp_path / "clip.mov").write_bytes(b"any")
    timeline = Timeline(FERPLUS, tuple(reading(n, n / 25, "happy") for n in range(25)))
    timeline.save(tmp_path / "talk.eaf", media=tmp_path / "clip.mov")
    (media,) = Eaf(str(tmp_path / "talk.eaf")).get_linked_files()
    assert (media["MIME_TYPE"], media["RELATIVE_MEDIA_URL"]) == ("video/quicktime", "./clip.mov")
    replace(timeline, provenance={"input": f"{tmp_path}/clip.mov"}).save(tmp_path / "known.eaf")
    assert Eaf(str(tmp_path / "known.eaf")).get_linked_files() == [media], "that of which it was made, if none is given"
