"""The fake has no name and takes no call that Nuke does not: it is compared with the published stubs."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FAKES = Path(__file__).with_name("fakes")
API = ("nuke.py", "fake_script.py", "fake_knobs.py", "fake_nodes.py")
"""Whose public names stand for Nuke's own."""

OURS = {"Script", "script", "KNOBS", "FILES", "OF_TYPE", "CHOICES"}
"""The fake's own workings."""


def published() -> dict[str, set[str]]:
    """Every function, constant and class of the stubs; for a class, its members and those of its bases."""
    spec = importlib.util.find_spec("nuke-stubs")
    assert spec is not None and spec.submodule_search_locations
    names: dict[str, set[str]] = {}
    bases: dict[str, list[str]] = {}
    for stub in Path(next(iter(spec.submodule_search_locations))).glob("*.pyi"):
        for item in ast.parse(stub.read_text("utf-8")).body:
            if isinstance(item, ast.ClassDef):
                members = {part.name for part in item.body if isinstance(part, ast.FunctionDef)}
                names[item.name] = members
                bases[item.name] = [base.id for base in item.bases if isinstance(base, ast.Name)]
            elif isinstance(item, ast.FunctionDef):
                names[item.name] = set()
            elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                names[item.target.id] = set()
    for name in bases:
        todo = list(bases[name])
        while todo:
            base = todo.pop()
            names[name] |= names.get(base, set())
            todo += bases.get(base, [])
    return names


def public(name: str) -> bool:
    return not name.startswith("_")


def items() -> list[ast.stmt]:
    parsed = [item for name in API for item in ast.parse((FAKES / name).read_text("utf-8")).body]
    return [item for item in parsed if getattr(item, "name", "") not in OURS]


def methods(item: ast.ClassDef) -> list[ast.FunctionDef]:
    return [part for part in item.body if isinstance(part, ast.FunctionDef) and public(part.name)]


def faked() -> list[tuple[str, set[str]]]:
    found: list[tuple[str, set[str]]] = []
    for item in items():
        if isinstance(item, ast.ClassDef) and public(item.name):
            found.append((item.name, {method.name for method in methods(item)}))
        elif isinstance(item, ast.FunctionDef) and public(item.name):
            found.append((item.name, set()))
        elif isinstance(item, ast.Assign | ast.AnnAssign):
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            found += [(name, set()) for name in names if public(name) and name not in OURS]
    return found


def calls() -> str:
    """A module that calls Nuke in every way that the fake can be called in, and takes what the fake returns."""
    lines = ["from __future__ import annotations", "from collections.abc import Callable", "from typing import Any"]
    classes = [item.name for item in items() if isinstance(item, ast.ClassDef) and public(item.name)]
    lines += ["import nuke", f"from nuke._nuke import {', '.join(classes)}"]
    for item in items():
        if isinstance(item, ast.FunctionDef) and public(item.name):
            lines += call(item, f"nuke.{item.name}", item.args.args)
        elif isinstance(item, ast.ClassDef) and public(item.name):
            for method in methods(item):
                lines += call(method, f"made.{method.name}", method.args.args[1:], f"made: nuke.{item.name}")
    return "\n".join(lines)


def call(function: ast.FunctionDef, name: str, arguments: list[ast.arg], *first: str) -> list[str]:
    typed = [f"{argument.arg}: {ast.unparse(argument.annotation or ast.Name('Any'))}" for argument in arguments]
    result = ast.unparse(function.returns or ast.Name("Any"))
    lines = [f"def probe_{name.replace('.', '_')}_{function.lineno}({', '.join((*first, *typed))}) -> None:"]
    required = len(arguments) - len(function.args.defaults)
    for count in {max(required, 0), len(arguments)}:
        said = f"{name}({', '.join(argument.arg for argument in arguments[:count])})"
        lines.append(f"    {said}" if result == "None" else f"    taken_{count}: {result} = {said}")
    return lines


def test_the_stubs_were_read():
    names = published()
    assert {"setValue", "getFlag"} <= names["String_Knob"] and "createNode" in names and len(names) > 300


@pytest.mark.parametrize(("name", "members"), faked(), ids=[name for name, _ in faked()])
def test_every_public_name_is_nuke_s_own(name, members):
    names = published()
    assert name in names, f"Nuke has no {name}"
    assert members <= names[name], f"Nuke's {name} has no {members - names[name]}"


def test_what_nuke_does_not_have_is_not_there(nuke):
    with pytest.raises(AttributeError):
        nuke.createNodes  # noqa: B018
    node = nuke.createNode("Read")
    with pytest.raises(NameError):
        node["fille"]
    with pytest.raises(AttributeError):
        node.setinput(0, None)
    with pytest.raises(AttributeError):
        nuke.nodes.Reed  # noqa: B018
    with pytest.raises(TypeError):
        node["first"].setValue("1001")
    with pytest.raises(ValueError, match="blank"):
        node["on_error"].setValue("blank")
    with pytest.raises(NameError):
        nuke.nodes.Write()["datatype"]
    with ThreadPoolExecutor(1) as other, pytest.raises(AssertionError, match="a thread of its own"):
        other.submit(nuke.allNodes).result()


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Runs mypy, strictly but for the stubs' own untyped functions; returns its status and what it said."""
    cache = tmp_path_factory.mktemp("mypy")
    options = ["--config-file=", "--strict", "--allow-untyped-calls", "--follow-imports=silent", f"--cache-dir={cache}"]

    def run(folder: Path, *files: Path) -> tuple[int, str]:
        """In `folder`, whose modules come before the stubs: the fake's own folder makes `nuke` the fake."""
        command = [sys.executable, "-m", "mypy", *options, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_fake_is_strictly_typed(mypy):
    status, said = mypy(FAKES, *sorted(FAKES.glob("*.py")))
    assert status == 0, said


def test_each_of_its_calls_is_one_that_nuke_takes(mypy, tmp_path):
    """With the types of the published stubs."""
    module = tmp_path / "calls.py"
    module.write_text(calls(), "utf-8")
    status, said = mypy(tmp_path, module)
    assert status == 0, said
    module.write_text(calls().replace("nuke.message(prompt)", "nuke.message(prompt, 1)"), "utf-8")
    status, said = mypy(tmp_path, module)
    assert status == 1 and 'Too many arguments for "message"' in said
    assert "fake" not in said
