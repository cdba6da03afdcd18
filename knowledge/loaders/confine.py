"""Taking away from the reading process what reading does not need.

Limits hold everywhere. On Linux, where the kernel has them, Landlock takes the files away (nothing
can be opened but the interpreter and its libraries, for reading) and a seccomp filter the network,
new programs and other processes. https://docs.kernel.org/userspace-api/landlock.html,
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import site
import struct
import sys
from pathlib import Path

_NO_NEW_PRIVILEGES = 38
_SET_SECCOMP, _FILTER = 22, 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1, 4, 8
_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
"""File rights that each version of Landlock can take away."""

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED = {
    # socket, connect, execve, kill, ptrace, tkill, execveat, process_vm_readv/writev; fork, vfork
    "x86_64": (41, 42, 59, 62, 101, 200, 322, 310, 311, 57, 58),
    "aarch64": (198, 203, 221, 129, 117, 130, 281, 270, 271),
}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3, _THREAD = 435, 0x10000
_REFUSED_EVERYWHERE = (424, 425, 434, 438)  # pidfd_send_signal, io_uring_setup, pidfd_open/getfd
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
_OTHER_NUMBERS = 0x40000000  # the x32 calls of x86_64


def confine(memory: int) -> None:
    """Limit this process to `memory` bytes, no files written, no network, no other programs."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURE:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        _only_libraries(libc)
        _only_reading(libc, platform.machine())


def _only_libraries(libc: ctypes.CDLL) -> None:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:  # a kernel without Landlock
        return
    # file rights; TCP from the fourth version, sockets and signals outwards from the sixth
    wanted = (_RIGHTS[min(version, 5)], 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", *wanted)[:size], size)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return
    for folder in _libraries():
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        rights = _EXECUTE | _READ_FILE | (_READ_DIR if folder.is_dir() else 0)
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place), 12)
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0)
        os.close(place)
    libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _libraries() -> list[Path]:
    """The interpreter, its packages, this package, and the system's libraries: never the data."""
    package = Path(__file__).resolve().parents[1]
    wanted = [
        package, Path(sys.prefix), Path(sys.base_prefix), *map(Path, site.getsitepackages()),
        Path("/usr/lib"), Path("/usr/local/lib"), Path("/lib"), Path("/lib64"),
        Path("/etc/ld.so.cache"), Path("/dev/null"), Path("/dev/urandom"),
    ]  # fmt: skip
    return sorted({path.resolve() for path in wanted if path.exists()})


def _only_reading(libc: ctypes.CDLL, machine: str) -> None:
    refused = (*_REFUSED[machine], *_REFUSED_EVERYWHERE)
    steps = [_step(_LOAD, 4), _step(_EQUAL, _ARCHITECTURE[machine], 1, 0), _step(_RETURN, _REFUSE)]
    steps += [_step(_LOAD, 0), _step(_AT_LEAST, _OTHER_NUMBERS, 0, 1), _step(_RETURN, _REFUSE)]
    for number in refused:
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _REFUSE)]
    # a filter cannot see what clone3 is asked for; without it the C library falls back to clone
    steps += [_step(_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _UNKNOWN)]
    # threads are allowed, processes are not; 16 is where the first argument stands
    steps += [_step(_EQUAL, _CLONE[machine], 1, 0), _step(_RETURN, _ALLOW), _step(_LOAD, 16)]
    steps += [_step(_HAS, _THREAD, 0, 1), _step(_RETURN, _ALLOW), _step(_RETURN, _REFUSE)]
    program = ctypes.create_string_buffer(b"".join(steps))
    header = struct.pack("@HP", len(steps), ctypes.addressof(program))
    libc.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(header), 0, 0)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
