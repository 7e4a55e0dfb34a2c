"""langsupport serve."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from functools import partial

import click
import uvicorn
from fastapi import FastAPI

from langsupport.cli import exits
from langsupport.cli.run import Run, common_options
from langsupport.errors import ConfigurationError
from langsupport.services.assembly import Services, build_services
from langsupport.services.settings import Settings, load_settings
from langsupport.web.app import create_app, let_go
from langsupport.web.pages.notice_words import letters

SHUTDOWN_SECONDS = 10
"""How long open requests may take to end after Ctrl-C."""
WAITING_CONNECTIONS = 1_024
"""Viewers of a session that lost their connection come back at the same moment."""
SOCKET_MESSAGE_BYTES = 4 * 1024**2
"""The longest message on a socket: two seconds of sound are at most 1.5 MB, and browsers' recorders hand out slices."""
UNREAD_SECONDS = 120
"""A connection that takes nothing of what was sent for so long is closed by the system, where the system can."""


@click.command()
@click.option("--host", help="Address to listen on.  [default: from the settings, else 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port; 0 takes a free one.  [default: from the settings, else 8000]"
)
@common_options
def serve(run: Run, host: str | None, port: int | None) -> int:
    """Run the web service: pages, API and the compatible APIs, and the work behind them.

    An address that others can reach needs accounts: accounts.mode = "on" in the settings, or LANGSUPPORT_ACCOUNTS_MODE.
    """
    settings = load_settings(run.config)
    given = {"host": host, "port": port}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    if settings.role == "worker":
        return work(run, settings)
    check_exposure(settings)
    with closing(listen(settings)) as listener:
        services = build_services(settings)
        app = create_app(services)  # closes the services when it ends
        address = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
        ready = partial(announce, run, services, address)
        server = server_for(app, ready, quiet=run.quiet)
        with suppress(
            KeyboardInterrupt, exits.Terminated
        ):  # the usual end; uvicorn passes the signal on when it is done
            server.run(sockets=[listener])
    return exits.OK


def announce(run: Run, services: Services, address: str) -> None:
    """Where the service is, and how the first administrator signs in where nobody can yet."""
    if services.settings.accounts.on:
        first = services.accounts.people.first_administrator()
        if first is not None:
            person, token = first
            place = services.settings.accounts.public_url or address
            run.tell(
                f"No administrator can sign in yet. Open {place}/welcome/{token} to set a password for "
                f"“{person.login}”. The link works once, within three days; a restart makes a new one."
            )
    run.say(f"langsupport is ready at {address} (Ctrl-C ends it)")


def server_for(app: FastAPI, ready: Callable[[], None], *, quiet: bool = False) -> uvicorn.Server:
    """The server that `serve` runs; `ready` is called when it answers."""
    config = uvicorn.Config(
        app,
        log_level="warning" if quiet else "info",
        access_log=False,
        server_header=False,
        backlog=WAITING_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ws="websockets-sansio",
        ws_max_size=SOCKET_MESSAGE_BYTES,
        ws_ping_interval=None,  # a sender that is held back answers late; our own protocol has pings where they count
        ws_per_message_deflate=False,  # captions are short, sound does not shrink, and each socket would hold buffers
    )
    return _Server(config, ready, partial(let_go, app))


def work(run: Run, settings: Settings) -> int:
    """The role that does jobs and serves no pages."""
    with build_services(settings) as services, suppress(KeyboardInterrupt, exits.Terminated):
        services.mail.compose_with(letters(settings.accounts.public_url))
        run.say("langsupport works on what is waiting (Ctrl-C ends it)")
        threading.Event().wait()
    return exits.OK


class _Server(uvicorn.Server):
    """Says when it is ready, and when it ends lets go of the connections that would stay open."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], let_go: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._let_go = let_go

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._let_go()
        await super().shutdown(sockets)


def check_exposure(settings: Settings) -> None:
    """Raises ConfigurationError: others could reach the service, and accounts are off."""
    if not settings.accounts.on and not is_loopback(settings.host):
        detail = (
            f'{settings.host} can be reached from other machines, so people must sign in. Set accounts.mode = "on" in '
            "the configuration file or LANGSUPPORT_ACCOUNTS_MODE=on in the environment, or listen on 127.0.0.1."
        )
        raise ConfigurationError(source="serve", key="accounts.mode", detail=detail)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(settings: Settings) -> socket.socket:
    """The socket, before anything is loaded. Raises ConfigurationError: the port is taken, the address not ours."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=WAITING_CONNECTIONS)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        detail = (
            f"can't listen on {settings.host}, port {settings.port}: {reason}. Choose another with --port or --host."
        )
        raise ConfigurationError(source="serve", key="port", detail=detail) from error
    # asyncio does this only for sockets that name their protocol; without it a second small packet waits 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
