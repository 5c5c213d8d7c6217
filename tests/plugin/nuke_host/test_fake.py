"""The fake has no name that Nuke does not have: its public names are compared with the published stubs."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fakes") / "nuke.py"


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


def faked() -> list[tuple[str, set[str]]]:
    found = []
    for item in ast.parse(FAKE.read_text("utf-8")).body:
        if isinstance(item, ast.ClassDef) and public(item.name):
            found.append((item.name, {m.name for m in item.body if isinstance(m, ast.FunctionDef) and public(m.name)}))
        elif isinstance(item, ast.FunctionDef) and public(item.name):
            found.append((item.name, set()))
        elif isinstance(item, ast.Assign):
            found += [(t.id, set()) for t in item.targets if isinstance(t, ast.Name) and public(t.id)]
    return found


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
