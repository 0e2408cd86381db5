"""`aidisclose serve`: a page and an API that tell anybody what a file says of itself."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from aidisclose import limits
from aidisclose.cli import messages, options
from aidisclose.cli.exits import Exit
from aidisclose.cli.key import CredentialOptions, credentials, open_signer
from aidisclose.errors import AidiscloseError
from aidisclose.io.digest import processors
from aidisclose.trust.config import TrustConfig

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from aidisclose.service.configuration import Configuration

_MEMORY: Final = 1024
#: Interfaces that nobody but this machine reaches, unless a proxy of it leads there.
_LOCAL: Final = ("127.0.0.1", "::1", "localhost")
#: The variable with the token of those who may store manifests: an option would be seen by others.
TOKEN: Final = "AIDISCLOSE_REPOSITORY_TOKEN"  # noqa: S105 - its name


def _root_path(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    path = value.rstrip("/")
    is_plain = path.isascii() and path.isprintable() and not set(path) & set("?#%\\ \"'<>")
    if path and not (is_plain and path.startswith("/") and "//" not in path):
        raise click.BadParameter(f"{value!r} is not a path such as /verify")
    return path


def _public_address(context: click.Context, option: click.Parameter, value: str) -> str:
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_origin = bool(parts.scheme in ("https", "http") and parts.hostname and parts.port != 0)
    except ValueError:
        is_origin = False
    if not is_origin or set(parts.netloc) & set("@\\") or not value.isascii():
        raise click.BadParameter(f"{value!r} is not an address such as https://example.com/verify")
    path = _root_path(context, option, value.removeprefix(f"{parts.scheme}://{parts.netloc}"))
    return f"{parts.scheme}://{parts.netloc}{path}"


def _origins(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    for value in values:
        scheme, mark, host = value.partition("://")
        is_origin = bool(mark) and scheme in ("http", "https") and host and "/" not in host
        if value != "*" and not (is_origin and value.isascii() and value.isprintable()):
            raise click.BadParameter(f"{value!r} is not an origin such as https://example.com")
    return frozenset(values)


def _link(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not value.lower().startswith(("https://", "http://", "mailto:")):
        raise click.BadParameter(f"{value!r} is not an address of https, http or mailto")
    return value


@click.command(cls=options.Command)
@options.setting(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="NAME",
    help="Interface to listen on; a proxy with TLS belongs before any other.",
)
@options.setting(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="Port to listen on; 0 for one that is free.",
)
@options.setting(
    "--public-address",
    default="",
    callback=_public_address,
    metavar="URL",
    help="Address under which visitors reach the service; receipts of --repository name it.",
)
@options.setting(
    "--root-path",
    default="",
    callback=_root_path,
    metavar="PATH",
    help="Path under which a proxy publishes the service.",
)
@options.setting(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes that verify files.  [default: one per processor]",
)
@options.setting(
    "--max-size",
    type=click.IntRange(1, 16_384),
    default=limits.UPLOAD_SIZE // limits.MIB,
    show_default=True,
    metavar="MIB",
    help="How large a file may be.",
)
@options.setting(
    "--max-spool",
    type=click.IntRange(1, 1_048_576),
    default=limits.SPOOL_SIZE // limits.MIB,
    show_default=True,
    metavar="MIB",
    help="How large all uploads may be at once, in the folder for temporary files.",
)
@options.setting(
    "--max-time",
    type=options.FloatRange(0.1, 600),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long checking a file may take; then its process is killed.",
)
@options.setting(
    "--max-memory",
    type=click.IntRange(256, 1_048_576),
    default=_MEMORY,
    show_default=True,
    metavar="MIB",
    help="Address space that a process may have.",
)
@options.setting(
    "--personal",
    is_flag=True,
    help="Show names of people, titles and serial numbers as well.",
)
@options.setting(
    "--no-addresses", is_flag=True, help="Fetch no files from addresses that visitors name."
)
@options.setting(
    "--allow-origin",
    multiple=True,
    callback=_origins,
    metavar="ORIGIN",
    help="Let pages of this origin read answers of the API; * for all.",
)
@options.setting(
    "--feedback",
    default="",
    callback=_link,
    metavar="URL",
    help="Where visitors can say something about results.",
)
@options.setting(
    "--repository",
    type=options.REPOSITORY,
    metavar="PLACE",
    help="Answer the Soft Binding Resolution API from this repository: a file, or postgresql://…; "
    f"who sends the token in {TOKEN} may store manifests.",
)
@options.setting(
    "--sign-results", is_flag=True, help="Offer results signed with these credentials."
)
@credentials(
    cert="Certificate chain that signs results.",
    key="Private key that signs results.",
    signer="URI of the key that signs results.",
    alg="Algorithm of the signature of results.",
)
@options.trust
def command(
    host: str,
    port: int,
    public_address: str,
    root_path: str,
    workers: int | None,
    max_size: int,
    max_spool: int,
    max_time: float,
    max_memory: int,
    personal: bool,
    no_addresses: bool,
    allow_origin: frozenset[str],
    feedback: str,
    repository: str | None,
    sign_results: bool,
    credentials: CredentialOptions,
    trust: TrustConfig,
) -> Exit:
    """Serve a page and an API that tell anybody what a file says of itself.

    Nothing of what visitors upload is kept, and no name or address gets into the log. Files are
    checked in processes with limits of time and memory. Ends with SIGINT or SIGTERM, after what is
    being answered.
    """
    _demand()
    published = urlsplit(public_address).path
    if root_path and public_address and root_path != published:
        reason = f"--public-address ends with {published or '/'}, and --root-path is {root_path}"
        raise click.UsageError(reason)
    from aidisclose.service import application, server
    from aidisclose.service.configuration import Configuration
    from aidisclose.service.journal import Journal

    configuration = Configuration(
        trust=trust,
        workers=workers or processors(),
        size=max_size * limits.MIB,
        spool=max_spool * limits.MIB,
        time=max_time,
        memory=max_memory * limits.MIB,
        personal=personal,
        addresses=not no_addresses,
        origins=allow_origin,
        address=public_address,
        names=_names(host, public_address),
        root_path=root_path or published,
        feedback=feedback,
        signer=open_signer(credentials.identify()) if sign_results else None,
    )
    with contextlib.ExitStack() as stack:
        routes = _resolution(repository, configuration, stack) if repository else []
        try:
            listener = stack.enter_context(server.listen(host, port))
        except OSError as error:
            reason = messages.why(error)
            raise click.ClickException(f"cannot listen on {host}:{port}: {reason}") from None
        # An IPv6 address stands in brackets in a URL (RFC 3986 §3.2.2).
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}{configuration.root_path}/"
        messages.tell(messages.line(f"serving on {address}"))
        journal = Journal()
        server.serve(
            application.build(configuration, journal=journal, routes=routes), listener, journal
        )
    return Exit.OK


def _names(host: str, public_address: str) -> frozenset[str] | None:
    """The names that a service answers to; None for all.

    A page could make browsers ask this machine under a name of its own (DNS rebinding), and read
    what is in a repository that is for nobody else.
    """
    if not public_address and host not in _LOCAL:
        return None
    return frozenset({"localhost", host.lower(), urlsplit(public_address).hostname or ""})


def _demand() -> None:
    """Say what is not installed, or not possible here.

    Raises:
        AidiscloseError: The service cannot run.
    """
    if sys.platform == "win32":
        raise AidiscloseError("serve needs Linux or macOS, for files are passed between processes")
    from importlib.util import find_spec

    for module in ("starlette", "uvicorn", "jinja2", "python_multipart", "prometheus_client"):
        # Looked for, not imported: one that is there and broken shall show its own error.
        if find_spec(module) is None:
            raise AidiscloseError("serve needs further packages: pip install 'aidisclose[serve]'")


def _resolution(
    place: str, configuration: Configuration, stack: contextlib.ExitStack
) -> list[BaseRoute]:
    from aidisclose.repository.address import open_repository
    from aidisclose.resolution import server

    terms = server.ServerTerms(
        writer=os.environ.get(TOKEN),
        signer=configuration.signer,
        size=min(configuration.size, limits.FETCHED_SIZE),
        addresses=configuration.addresses,
        base=configuration.address,
    )
    return [*server.routes(stack.enter_context(open_repository(place)), terms)]
