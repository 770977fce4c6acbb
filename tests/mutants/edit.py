# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripted edits of C functions: each names a file, a function and a short anchor in its body.

An anchor is found whatever white space it has, and must be there exactly once. All anchors are looked
for in the tree as it came, so that mutants at the same place do not disturb each other. In the code of
an edit `MUT` stands for "this mutant was booted", `MUT(N)` for "and this is each Nth time", and `$0`
for what the anchor found.
"""
import os
import re


class EditError(Exception):
    pass


class Edit:
    """One change inside the body of FUNC of FILE; `splice` says what becomes of what was found."""

    def __init__(self, file, func, anchor, splice, beside=False):
        self.file, self.func, self.anchor, self.splice = file, func, anchor, splice
        self.beside = beside  # a statement of its own, which only fits among others


def swap(file, func, anchor, code):
    """What is found becomes CODE."""
    return Edit(file, func, anchor, code)


def before(file, func, anchor, code):
    return Edit(file, func, anchor, code + "\n$0", beside=True)


def after(file, func, anchor, code):
    return Edit(file, func, anchor, "$0\n" + code, beside=True)


def skip(file, func, anchor, when="MUT"):
    """The statement that begins with the anchor is left out."""
    return Edit(file, func, anchor, f"if (!({when})) $0")


def top(file, func, code):
    return Edit(file, func, None, "$0\n" + code)


def expand(code, symbol):
    code = re.sub(r"\bMUT\((\d+)\)", rf"memtrial_nth({symbol}, \1)", code)
    return re.sub(r"\bMUT\b(?!\()", f"memtrial_is({symbol})", code)


def blank_comments(text):
    """The same text with comments and the insides of strings blank: braces in them do not count."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", blank, text, flags=re.S)


def closing(text, at, pair):
    """Where what opens at AT is closed."""
    depth = 0
    for i in range(at, len(text)):
        if text[i] == pair[0]:
            depth += 1
        elif text[i] == pair[1]:
            depth -= 1
            if not depth:
                return i
    return -1


def bodies(text, func):
    """[(start, end)] of the bodies of each definition of FUNC, braces included."""
    plain = blank_comments(text)
    found = []
    for match in re.finditer(rf"^(?:[A-Za-z_][^;{{}}()\n]*[ \t*])?{func}[ \t]*(?=\()", plain, re.M):
        end = closing(plain, match.end(), "()")
        brace = re.compile(r"\s*\{").match(plain, end + 1) if end >= 0 else None
        if brace:
            last = plain.find("\n}", brace.end())
            if last >= 0:
                found.append((brace.end() - 1, last + 2))
    return found


def pattern(anchor):
    return re.compile(r"\s+".join(re.escape(word) for word in anchor.split()))


def locate(text, edit):
    """(start, end) of what EDIT is about."""
    places = bodies(text, edit.func)
    if not places:
        raise EditError(f"{edit.file} has no function {edit.func}")
    if edit.anchor is None:
        hits = [(start, start + 1) for start, _ in places]
    else:
        hits = [m.span() for start, end in places
                for m in pattern(edit.anchor).finditer(text, start, end)]
    if len(hits) != 1:
        raise EditError(f"{edit.file}, {edit.func}(): {edit.anchor or 'its body'!r} is there "
                        f"{len(hits)} times, not once")
    if edit.beside and blank_comments(text[:hits[0][0]]).rstrip()[-1] not in ";{}:":
        raise EditError(f"{edit.file}, {edit.func}(): {edit.anchor!r} is all that something is about: "
                        "no other statement fits beside it")
    return hits[0]


def apply_edits(text, edits):
    """TEXT with [(symbol, edit)] made. What goes before or after what was found may share its place with
    others: statements come first, then conditions of the statement, then what is around an expression,
    the later one outside."""
    changes = []  # start, end, order at one place, what is put there
    for n, (symbol, edit) in enumerate(edits):
        start, end = locate(text, edit)
        code = expand(edit.splice, symbol)
        if code.count("$0") != 1:
            changes.append((start, end, 3, 0, code.replace("$0", text[start:end])))
            continue
        ahead, behind = code.split("$0")
        if ahead:
            rank = 0 if ahead.endswith("\n") else 1 if ahead.startswith("if (") else 2
            changes.append((start, start, rank, -n, ahead))
        if behind:
            changes.append((end, end, -1 if not behind.startswith("\n") else 0, n, behind))
    changes.sort()
    for one, two in zip(changes, changes[1:]):
        if one[1] > two[0]:
            raise EditError(f"{text[one[0]:one[1]]!r} is replaced, and something in it too")
    for start, end, _, _, code in reversed(changes):
        text = text[:start] + code + text[end:]
    return text


def with_header(text):
    """Its macros are known from the first of the file's own includes on, or from its beginning."""
    first = re.search(r"^#include\b", text, re.M)
    at = first.start() if first else 0
    return text[:at] + "#include <linux/memtrial.h>\n" + text[at:]


def read(tree, name):
    try:
        with open(os.path.join(tree, name), encoding="utf-8") as f:
            return f.read()
    except OSError as e:
        raise EditError(f"{name}: {e.strerror}") from e
