// Times, shares and names as people read them.

/** A place in a recording: 1:02:03, with tenths of a second where that helps. */
export function clock(seconds, digits = 0) {
  const unit = 10 ** digits;
  const ticks = Math.round(Math.max(0, seconds) * unit);
  const whole = Math.floor(ticks / unit);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  const text = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  return digits ? `${text}.${String(ticks % unit).padStart(digits, "0")}` : text;
}

/** A length of time: 3 h 42 min, 12 min 5 s, 4.2 s. */
export function length(seconds) {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A share as per cent; what is there but rounds to nothing is told apart from nothing. */
export function share(part, whole) {
  const value = whole > 0 ? (100 * part) / whole : 0;
  return value > 0 && value < 0.5 ? "<1 %" : `${Math.round(value)} %`;
}

export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** The sums of several tables of seconds. */
export function added(tables) {
  const total = {};
  for (const table of tables) for (const [name, seconds] of Object.entries(table)) total[name] = (total[name] ?? 0) + seconds;
  return total;
}
