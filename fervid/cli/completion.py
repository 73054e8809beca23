"""The command ``fervid completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command(short_help="Print a script that completes with the Tab key in your shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> None:
    """Print a script that makes the Tab key complete commands, options, their values and files.

    Save it, in a folder that exists, and open a new terminal:

    \b
    bash        fervid completion bash > ~/.local/share/bash-completion/completions/fervid
    zsh         fervid completion zsh > ~/.fervid.zsh
    fish        fervid completion fish > ~/.config/fish/completions/fervid.fish
    powershell  fervid completion powershell >> $PROFILE

    For zsh, also add 'source ~/.fervid.zsh' to ~/.zshrc, after compinit. bash must be 4.4 or newer. Without the package
    bash-completion, add a line that sources the script to ~/.bashrc.
    """  # noqa: D301 - click wants the character \b itself
    script = get_completion_class(shell)
    assert script is not None
    program = context.find_root()
    name = program.info_name or "fervid"
    click.echo(script(program.command, {}, name, f"_{name}_COMPLETE".upper()).source(), nl=False)
