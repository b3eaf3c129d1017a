"""nth_call.c in the tests' hands: counts an agent's calls on its files, and lets the Nth fail."""

import errno
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
# An open is a read when it is for reading only.
KINDS = ["read", "open", "write", "pwrite", "fsync", "fdatasync", "syncfs", "rename", "truncate",
         "unlink", "mkdir"]
CALLS, FAIL_AT, FAIL_COUNT, ERRNO, FAILED, BYTES, BY_KIND, NUMBERS = 0, 1, 2, 3, 4, 5, 8, 64
FOR_EVER = 1 << 40
# In place of an errno: the write is short, and the call after it finds the disk full.
SHORT = 0

_folder = None


def library(name):
    """The path of a library built from `name`.c; skips the test where there is no compiler."""
    global _folder
    if _folder is None:
        _folder = tempfile.TemporaryDirectory(prefix="telemetryd-libraries-")
    path = os.path.join(_folder.name, f"{name}.so")
    if not os.path.exists(path):
        compiler = next(filter(None, map(shutil.which, ["cc", "gcc", "clang"])), None)
        if compiler is None:
            raise unittest.SkipTest(f"there is no C compiler to build {name}.c with")
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path,
             os.path.join(HERE, f"{name}.c"), "-ldl"], check=True)
    return path


class NthCall:
    """The calls of all agents that are started with `environment`, together."""

    def __init__(self, folder, control):
        with open(control, "wb") as file:
            file.write(bytes(8 * NUMBERS))
        with open(control, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8 * NUMBERS)
        self.environment = {
            "LD_PRELOAD": library("nth_call"), "NTH_FOLDER": folder, "NTH_CONTROL": control}

    def _get(self, place):
        return struct.unpack_from("q", self._memory, 8 * place)[0]

    def _set(self, place, number):
        struct.pack_into("q", self._memory, 8 * place, number)

    def fail(self, at, code=errno.EIO, count=1):
        """Lets call number `at` fail with an errno, or SHORT, and those behind it up to `count`."""
        self._set(FAIL_AT, 0)
        self._set(ERRNO, code)
        self._set(FAIL_COUNT, count)
        self._set(FAIL_AT, at)

    def fail_from_now(self, code):
        self.fail(self.calls + 1, code, FOR_EVER)

    def heal(self):
        self._set(FAIL_AT, 0)

    @property
    def calls(self):
        return self._get(CALLS)

    @property
    def failed(self):
        return self._get(FAILED)

    @property
    def bytes(self):
        return self._get(BYTES)

    @property
    def by_kind(self):
        return {kind: self._get(BY_KIND + n) for n, kind in enumerate(KINDS)}

    @property
    def syncs(self):
        kinds = self.by_kind
        return kinds["fsync"] + kinds["fdatasync"] + kinds["syncfs"]
