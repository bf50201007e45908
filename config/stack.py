"""Runs sandbox, web, worker, planner and beat together in the foreground, for `make run` and `make demo`."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

import requests

from config.embedded import development_services, fresh_database
from config.environment import BASE_DIR, EMBEDDED_REDIS_URL, PLANNING_QUEUE, SANDBOX_PORT_FILE, env

BIN = Path(sys.executable).parent
START_SECONDS = 60
PR_SET_PDEATHSIG = 1


class Stack:
    """The processes of the service; leaving the `with` block stops all of them."""

    def __init__(self, *, port: int, sandbox_port: int, **environment: str) -> None:
        self.port, self.sandbox_port = port, sandbox_port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "PYTHONWARNINGS": "ignore",
            **os.environ,
            "PORT": str(port),
            "SANDBOX_PORT": str(sandbox_port),
            **environment,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Stack":
        with ExitStack() as on_failure:
            on_failure.callback(self.stop)
            self.up()
            on_failure.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def up(self) -> None:
        own_sandbox = not env.str("CONNECT_PROVIDER_PROXY", "")
        _refuse_busy_ports([self.port, *([self.sandbox_port] if own_sandbox else [])])
        self.manage("migrate", "--verbosity", "0")
        if own_sandbox:
            SANDBOX_PORT_FILE.parent.mkdir(exist_ok=True)
            SANDBOX_PORT_FILE.write_text(str(self.sandbox_port))  # for commands typed in another shell
            self.start("sandbox", "python", "manage.py", "sandbox")
            self.wait_for(f"http://127.0.0.1:{self.sandbox_port}/")
        self.manage("seed_demo")
        self.start("web", *web_command(self.port))
        self.start("worker", *worker_command())
        self.start("planner", *planner_command())
        self.start("beat", *beat_command())
        self.wait_for(f"{self.url}/health/ready")

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and return what it printed; exits if it fails."""
        command = [str(BIN / "python"), "manage.py", *arguments]
        result = subprocess.run(
            command, env=self.environment, cwd=BASE_DIR, text=True, stdout=subprocess.PIPE, check=False
        )
        if result.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{result.stdout}")
        return result.stdout

    def start(self, name: str, program: str, *arguments: str) -> None:
        self.processes[name] = subprocess.Popen(
            [str(BIN / program), *arguments],
            env=self.environment,
            cwd=BASE_DIR,
            start_new_session=True,  # Ctrl-C is ours to pass on, in order
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here yet
        )

    def wait_for(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise SystemExit(f"{url} did not answer within {START_SECONDS} s.")

    def check_alive(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise SystemExit(f"{name} ended by itself with code {process.returncode}; stopping the rest.")

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError):  # children that are left, also if their parent was killed
                os.killpg(process.pid, signal.SIGKILL)
        self.processes.clear()
        SANDBOX_PORT_FILE.unlink(missing_ok=True)


def web_command(port: int, host: str = "127.0.0.1") -> list[str]:
    return [
        "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
        "--blocking-threads", "32", "--no-ws", "--log-level", "error", "config.wsgi:application",
    ]  # fmt: skip


def celery_command(kind: str, *options: str, log_level: str = "WARNING") -> list[str]:
    return ["celery", "--quiet", "-A", "config", kind, "--loglevel", log_level, *options]


def worker_command(*options: str, log_level: str = "WARNING") -> list[str]:
    """The worker: it calls providers, which may hold it up, so it does not plan."""
    quiet = ("--without-mingle", "--without-gossip")
    taking = ("--exclude-queues", PLANNING_QUEUE, "--concurrency", "2")
    return celery_command("worker", *quiet, *taking, *options, log_level=log_level)


def planner_command(*options: str, log_level: str = "WARNING") -> list[str]:
    """The planner: it hands due work out, and never calls a provider."""
    quiet = ("--without-mingle", "--without-gossip")
    taking = ("--queues", PLANNING_QUEUE, "--pool", "solo")
    return celery_command("worker", *quiet, *taking, *options, log_level=log_level)


def beat_command(log_level: str = "WARNING") -> list[str]:
    """Beat: it says when it is time, and does nothing itself."""
    return ["celery", "--quiet", "-A", "config.beat", "beat", "--loglevel", log_level]


def run() -> None:
    """Run until Ctrl-C, saying where everything is."""
    port, sandbox_port = _port("PORT", 8000), _port("SANDBOX_PORT", 9100)
    with development_services(), Stack(port=port, sandbox_port=sandbox_port) as stack:
        print(_welcome(stack), flush=True)
        try:
            while True:
                stack.check_alive()
                time.sleep(0.5)
        except KeyboardInterrupt:
            print("\nStopping…", flush=True)


def demo() -> None:
    """Run the demo against a stack with a database and ports of its own."""
    from config.demo import tell

    with ExitStack() as services:
        services.enter_context(development_services())
        environment = {} if os.environ.get("DATABASE_URL") else {"DATABASE_URL": fresh_database("connect_demo")}
        if not os.environ.get("REDIS_URL"):
            environment["REDIS_URL"] = f"{EMBEDDED_REDIS_URL}?db=1"
        port, sandbox_port = _port("PORT", _free_port()), _port("SANDBOX_PORT", _free_port())
        tell(services.enter_context(Stack(port=port, sandbox_port=sandbox_port, **environment)))


def _welcome(stack: Stack) -> str:
    login = {"email": "demo@example.com", "password": "connect-demo"}
    answer = requests.post(f"{stack.url}/_allauth/app/v1/auth/login", json=login, timeout=10).json()
    token = answer["meta"]["session_token"]
    return f"""
Connect API    {stack.url}/api/docs/
Moderation     {stack.url}/admin/        staff@example.com / connect-demo
Creator        demo@example.com / connect-demo
Sandbox        {env.str("CONNECT_PROVIDER_PROXY", "") or f"http://127.0.0.1:{stack.sandbox_port}"}

Try it:
curl -s -X POST {stack.url}/api/get/networks/ -H 'X-Session-Token: {token}'

Ctrl-C stops everything.
"""


def _refuse_busy_ports(ports: list[int]) -> None:
    if len(set(ports)) < len(ports):
        raise SystemExit("PORT and SANDBOX_PORT must differ.")
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SystemExit(f"Port {port} is taken. Choose others: make run PORT=8001 SANDBOX_PORT=9101") from None


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise SystemExit(f"{name}={text} is no port: choose one from 1 to 65535.")
    return int(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for stop in (signal.SIGTERM, signal.SIGINT):  # also where a shell started us with SIGINT ignored
        signal.signal(stop, _interrupt)
    try:
        {"run": run, "demo": demo}[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
