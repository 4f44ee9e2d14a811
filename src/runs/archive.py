"""What is checked of a checkpoint file before it is unpacked, so that its size bounds the memory that reading it takes.

PyTorch writes a zip archive without compression: a pickle of the structure, and the numbers of each tensor. The archive
has a CRC-32 checksum of each of them, which PyTorch writes but does not compare when it reads.
"""

from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from ..errors import UserError
from .pickle_scan import OTHERS, Refused, Scanner

MAGIC = b"PK\x03\x04"
ENCRYPTED = 0x1  # flag of a member
MAX_PICKLE = 1 << 25  # bytes of the structure without the numbers
CHUNK = 1 << 20  # bytes that are read at once
MORE = f"holds {OTHERS}, or is damaged; it was not loaded"


def check_archive(path: Path) -> int:
    """Return the number of operations of the pickle in a checkpoint.

    Raises UserError for files of another format, compressed, encrypted or overlapping members, a pickle that names
    more than tensors. A member of zeros can be a thousand times as large as the file, and `bytearray(10**11)` takes 20
    bytes of a pickle. Raises OSError, BadZipFile and the like for damaged files, whose contents do not match their
    checksums.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise UserError(f"{path} {MORE}")
        with ZipFile(file) as archive:
            members = archive.infolist()
            if reason := why_refused(members, path.stat().st_size):
                raise UserError(f"{path} has {reason}; it was not loaded")
            structure = [member for member in members if member.filename.rpartition("/")[2] == "data.pkl"]
            if len(structure) != 1:
                raise UserError(f"{path} is not a checkpoint of nnzoo")
            if structure[0].file_size > MAX_PICKLE:
                raise UserError(f"{path} has {structure[0].file_size} bytes of plain data; the limit is {MAX_PICKLE}")
            check_contents(archive, members)
            content = archive.read(structure[0])
    try:
        return Scanner(content).run()
    except Refused as error:
        raise UserError(f"{path} holds {error}, or is damaged; it was not loaded") from error


def check_contents(archive: ZipFile, members: list[ZipInfo]) -> None:
    """Read all members, which compares them with their checksums. Raises BadZipFile if one differs."""
    for member in members:
        with archive.open(member) as file:
            while file.read(CHUNK):
                pass


def why_refused(members: list[ZipInfo], size: int) -> str | None:
    """Return what in an archive of so many bytes PyTorch does not write, None if it is all right."""
    if any(member.flag_bits & ENCRYPTED for member in members):
        return "encrypted members"
    if any(member.compress_type != ZIP_STORED for member in members):
        return "compressed members, which can expand to any size"
    if sum(member.file_size for member in members) > size:
        return "members that overlap"
    return None
