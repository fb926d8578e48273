"""`run`: the whole product on this machine, from nothing to a page, until somebody stops it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from embedded import leftovers
from embedded.child import Child, rotate_log, stop_together
from embedded.environment import (
    Wishes,
    read_wishes,
    run_servers,
    run_variables,
    with_our_programs,
)
from embedded.errors import EmbeddedError
from embedded.folders import Area, claim_var
from embedded.ownership import RUN, Owner, Ownership, this_process
from embedded.pause import SignalPause, StopRequestedError
from embedded.processes import (
    FIRST_PORT,
    HOST,
    PREPARE,
    Command,
    beat_command,
    choose_port,
    product_child,
    wait_until_healthy,
    web_command,
    worker_command,
)
from embedded.secret_file import kept_secrets
from embedded.servers import Servers
from embedded.supervisor import Supervisor, in_words

SIGN_INS = "demo.txt"


@dataclass(frozen=True)
class Product:
    """The commands that make up the product beside its servers."""

    prepare: Command = PREPARE
    web: Callable[[int], Command] = web_command
    worker: Callable[[], Command] = worker_command
    beat: Callable[[Path], Command] = beat_command


class Run:
    """One run: what it has started so far, and in which order that ends."""

    def __init__(
        self, wishes: Wishes, ownership: Ownership, pause: SignalPause, product: Product
    ) -> None:
        self._wishes = wishes
        self._ownership = ownership
        self._pause = pause
        self._product = product
        self._area = Area(wishes.var)
        self._servers = Servers(None, None)
        self._children: list[Child] = []
        self._owner = this_process(RUN)

    def until_stopped(self, surroundings: Mapping[str, str]) -> None:
        """Start everything and keep it running; raises StopRequestedError in the end."""
        self._clean_up()
        secrets = kept_secrets(self._wishes.var / "secrets.json")
        port = choose_port(self._wishes.port)
        address = f"http://{HOST}:{port}"
        self._servers = run_servers(self._wishes, secrets)
        self._servers.start(self._pause, say)
        variables = run_variables(surroundings, self._servers, secrets, self._wishes.var)
        variables.setdefault("DBX_BASE_URL", surroundings.get("DBX_BASE_URL") or address)
        self._publish(replace(self._owner, variables=variables))
        environment = self._environment(surroundings, variables)
        self._prepare(environment)
        self._start_product(port, address, environment)
        self._publish(replace(self._owner, address=address))
        announce(address, self._area)
        Supervisor([*self._servers.children, *self._children], self._pause, say).watch()

    def stop(self) -> None:
        """End what was started: first who uses the servers, then the servers."""
        self._pause.begin_stopping()
        stop_together(self._children, self._pause, lambda: self._pause.impatient)
        self._servers.stop(self._pause)
        self._ownership.release()

    def _clean_up(self) -> None:
        """End what a killed run left, put its logs aside, and say who we are."""
        former = self._ownership.former_mark()
        if names := leftovers.end_leftovers(self._area.records, former, self._pause):
            say(f"Ended what a former run left behind: {', '.join(names)}.")
        for log in self._area.logs.glob("*.log"):
            rotate_log(log)
        self._publish(self._owner)

    def _publish(self, owner: Owner) -> None:
        self._owner = owner
        self._ownership.publish(owner)

    def _environment(
        self, surroundings: Mapping[str, str], variables: Mapping[str, str]
    ) -> dict[str, str]:
        mark, _, value = self._owner.mark.partition("=")
        ours = {**variables, mark: value, "PYTHONUNBUFFERED": "1"}
        return {**with_our_programs(surroundings), **ours}

    def _prepare(self, environment: Mapping[str, str]) -> None:
        """Migrate and, the first time, fill in the demo; its words go to the terminal too."""
        say("Preparing the database ...")
        prepare = product_child("prepare", self._product.prepare, self._area, environment)
        self._children = [prepare]
        prepare.start(self._pause)
        with prepare.recipe.log.open() as words:
            while prepare.ended() is None:
                show(words.read())
                self._pause(0.1)
            show(words.read())
        if code := prepare.ended():
            raise EmbeddedError(f"Preparing {in_words(code)}; its log: {prepare.recipe.log}")

    def _start_product(self, port: int, address: str, environment: Mapping[str, str]) -> None:
        """Start the pages first and alone: on a small machine they are there much sooner so."""
        say("Starting web, worker and beat ...")
        product = self._product
        commands = {
            "web": product.web(port),
            "worker": product.worker(),
            "beat": product.beat(self._wishes.var),
        }
        self._children = [
            product_child(name, command, self._area, environment)
            for name, command in commands.items()
        ]
        web, *others = self._children
        web.start(self._pause)
        wait_until_healthy(web, address, self._pause)
        for child in others:
            child.start(self._pause)


def run(surroundings: Mapping[str, str], product: Product | None = None) -> int:
    """Run the product until Ctrl-C or SIGTERM; return the exit code."""
    pause = SignalPause()
    wishes = read_wishes(surroundings)
    claim_var(wishes.var)
    Area(wishes.var).make()
    with Ownership(Area(wishes.var).records) as ownership:
        try:
            if becomes_owner(ownership, pause):
                run_as_owner(surroundings, Run(wishes, ownership, pause, product or Product()))
        except StopRequestedError:
            say("Stopped. Your data are kept.")
    return 0


def run_as_owner(surroundings: Mapping[str, str], this_run: Run) -> None:
    """Run until it ends, in whichever way, and leave nothing behind."""
    try:
        this_run.until_stopped(surroundings)
    except StopRequestedError:
        say("Stopping ...")
        raise
    finally:
        this_run.stop()


def becomes_owner(ownership: Ownership, pause: SignalPause) -> bool:
    """Become the owner of the servers; False, with a message, when the product runs already."""
    told = False
    while not ownership.try_to_own():
        owner = ownership.owner()
        if owner and owner.address and owner.process.is_running():
            say(f"It is running already: {owner.address}\nTo stop it: make stop")
            return False
        if not told:
            say("Another command of this project uses the servers; waiting for its end ...")
        told = True
        pause(0.2)
    return True


def announce(address: str, area: Area) -> None:
    """Tell where it is, who can sign in, and how it ends."""
    note = area.base / SIGN_INS
    sign_ins = f"\n{note.read_text().strip()}\n" if note.exists() else ""
    moved = "" if address.endswith(f":{FIRST_PORT}") else f" (port {FIRST_PORT} was taken)"
    say(
        f"\nDBX Aviation is running at {address}{moved}\n{sign_ins}"
        f"\nLogs: {area.logs}. To stop: Ctrl-C here, or make stop elsewhere.\n"
    )


def say(words: str) -> None:
    """Tell the person at the terminal."""
    show(f"{words}\n")


def show(text: str) -> None:
    """Write to the terminal; one that is closed by now is no reason to stop badly."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return
