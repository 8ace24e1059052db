"""Whether a file lies on another machine, where SQLite's locks and shared memory don't hold."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# NFS and SMB, clusters, and what desktops put between a container and the disk.
_NETWORK = re.compile(
    r"nfs4?|cifs|smb3?|smbfs|afs|ceph|glusterfs|lustre|gfs2|ocfs2|ncpfs|9p|virtiofs|fakeowner|osxfs|prl_fs|vboxsf|"
    r"vmhgfs|davfs|drvfs|fuse\.(?!ext|ntfs|fuse-overlayfs|overlay|lxcfs).*"
)


def network_file_system(path: Path, mounts: str | None = None) -> str:
    """Return the name of the network file system that `path` lies on; empty for one of this machine, or unknown."""
    if mounts is None:
        try:
            mounts = MOUNTS.read_text()
        except OSError:
            return ""
    kind, longest = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        # proc(5) writes spaces and the like as \040.
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        holds = point == "/" or str(path) == point or str(path).startswith(point.rstrip("/") + "/")
        if holds and len(point) >= longest:
            kind, longest = after.split(" ")[0], len(point)
    return kind if _NETWORK.fullmatch(kind) else ""
