"""The version of spexlab, as its installation says."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("spexlab")
except PackageNotFoundError:  # a source tree on the path, never installed
    __version__ = "0+unknown"
