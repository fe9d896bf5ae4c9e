"""Runs one receiver for a test in another language: prints its URL, serves until the end of standard input, prints the
violations.

    python3 serve.py slack|pagerduty|alertmanager|webhook|teams
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from receivers.alertmanager import Alertmanager  # noqa: E402
from receivers.pagerduty import Pagerduty  # noqa: E402
from receivers.slack import Slack  # noqa: E402
from receivers.teams import Teams  # noqa: E402
from receivers.webhook import Webhook  # noqa: E402

KINDS = {kind.__name__.lower(): kind for kind in (Alertmanager, Pagerduty, Slack, Teams, Webhook)}

if __name__ == "__main__":
    mock = KINDS[sys.argv[1]]()
    print(mock.url, flush=True)
    sys.stdin.read()
    mock.close()
    print("\n".join(mock.violations[:20]), flush=True)
