"""What the parser of every command says of a line that cannot be right."""

from __future__ import annotations

import pytest

from stfam.core.argument_parser import ArgumentParser, StoreOnce


@pytest.fixture
def parser() -> ArgumentParser:
    parser = ArgumentParser("stfam thing")
    parser.add_argument("--proxy", type=float)
    parser.add_argument("--key", action="append", default=[])
    sub = parser.add_subparsers(dest="command")
    sub.add_parser("add").add_argument("--frames", action=StoreOnce)
    return parser


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["--proxxy"], "unrecognized arguments: --proxxy. Did you mean --proxy?"),
        (["--prxy=1"], "unrecognized arguments: --prxy=1. Did you mean --proxy?"),
        (["add", "--rfames", "1-3"], "unrecognized arguments: --rfames 1-3. Did you mean --frames?"),
        (["--nonsense"], "unrecognized arguments: --nonsense\n"),
        (["add", "--frames", "1-3", "--frames", "7-9"], "argument --frames: given more than once; give it once"),
    ],
)
def test_a_wrong_line_is_explained(parser, capsys, line, sentence):
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(line)
    assert sentence in capsys.readouterr().err


def test_the_usage_shown_is_that_of_the_subcommand(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(["add", "--nonsense"])
    assert capsys.readouterr().err.startswith("usage: stfam thing add")


def test_of_settings_the_last_counts(parser):
    for _ in range(2):
        options = parser.parse_args(
            ["--proxy", "1", "--proxy", "0.5", "--key", "a", "--key", "b", "add", "--frames", "1"]
        )
        assert (options.proxy, options.key, options.frames) == (0.5, ["a", "b"], "1")
