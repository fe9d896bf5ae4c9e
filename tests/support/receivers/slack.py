"""Slack incoming webhooks.

Limits: docs.slack.dev/reference/block-kit/blocks and .../messaging/formatting-message-text; one message a second
(short bursts pass), 429 with Retry-After, and no message before that time is over: docs.slack.dev/apis/web-api/rate-limits.
"""
import re
import time

from receivers.mock import Mock, Violation, check_keys, check_text, need, parse, strings

TOTAL = 13_000  # undocumented: beyond about so many characters Slack answers msg_blocks_too_long
LINK = re.compile(r"<(https?://[^<>|\s]+)(\|[^<>|]*)?>")
MENTION = re.compile(r"<[!@#]")


class Slack(Mock):
    def __init__(self, *, burst=0, **how):
        """`burst`: messages that may arrive at once, plus one for each second; 0: no limit."""
        self.quiet_until = 0.0  # time.monotonic()
        self.burst = burst
        self.tokens, self.refilled = float(burst), time.monotonic()
        super().__init__(**how)

    def rate_limit(self, seconds):
        """Answers the next request with 429; any request before the end of the pause is a violation."""
        self.plan((429, {"Retry-After": str(seconds)}, "rate_limited"))

    def handle(self, path, headers, body):
        answer = super().handle(path, headers, body)
        if answer[0] == 429:
            self.quiet_until = time.monotonic() + float(answer[1]["Retry-After"])
        return answer

    def before(self, headers, body):
        left = self.quiet_until - time.monotonic()
        need(left <= 0, f"a request {left:.2f} s before Retry-After was over", status=403, body="action_prohibited")

    def answer(self, path, headers, body):
        if self.burst:
            now = time.monotonic()
            self.tokens = min(self.burst, self.tokens + now - self.refilled)
            self.refilled = now
            if self.tokens < 1:
                return 429, {"Retry-After": "2"}, "rate_limited"
            self.tokens -= 1
        message = parse(headers, body)
        try:
            check_message(message)
        except Violation as violation:
            violation.body = "invalid_blocks"
            raise
        self.accepted.append(message)
        return 200, {"Content-Type": "text/html"}, "ok"


def check_message(message):
    check_keys("message", message, ("text",), ("blocks", "attachments", "mrkdwn", "parse", "link_names", "unfurl_links",
                                              "unfurl_media"))
    need(message.get("parse", "none") == "none", 'parse must be "none", or names become mentions')
    need(message.get("link_names", False) is False, "link_names makes mentions")
    check_text("text", message["text"], 40_000)
    check_markup("text", message["text"])
    need(len(message.get("attachments", [])) <= 20, "more than 20 attachments")
    blocks = list(message.get("blocks", []))
    for attachment in message.get("attachments", []):
        check_keys("attachment", attachment, (), ("color", "fallback", "blocks"))
        need(re.fullmatch("#[0-9a-f]{6}|good|warning|danger", attachment.get("color", "good")), "color")
        check_text("fallback", attachment.get("fallback", "x"), 40_000)
        check_markup("fallback", attachment.get("fallback", ""))
        blocks += attachment.get("blocks", [])
    need(len(blocks) <= 50, f"{len(blocks)} blocks, at most 50")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    need(len(ids) == len(set(ids)), "a block_id stands twice")
    for block in blocks:
        check_block(block)
    total = sum(map(len, strings(message)))
    need(total <= TOTAL, f"msg_blocks_too_long: {total} characters")


def check_block(block):
    kind = block.get("type")
    if "block_id" in block:
        check_text("block_id", block["block_id"], 255)
    if kind == "header":
        check_keys("header", block, ("type", "text"), ("block_id",))
        need(block["text"].get("type") == "plain_text", "header takes plain_text only")
        check_object("header", block["text"], 150)
    elif kind == "section":
        check_keys("section", block, ("type",), ("text", "fields", "block_id"))
        need("text" in block or "fields" in block, "section needs text or fields")
        if "text" in block:
            check_object("section", block["text"], 3000)
        need(1 <= len(block.get("fields", [None])) <= 10, "section takes 1 to 10 fields")
        for field in block.get("fields", []):
            check_object("field", field, 2000)
    elif kind == "context":
        check_keys("context", block, ("type", "elements"), ("block_id",))
        need(1 <= len(block["elements"]) <= 10, "context takes 1 to 10 elements")
        for element in block["elements"]:
            check_object("context element", element, 3000)
    elif kind == "divider":
        check_keys("divider", block, ("type",), ("block_id",))
    else:
        raise Violation(f"block type {kind!r}")


def check_object(what, value, most):
    check_keys(what, value, ("type", "text"), ("emoji", "verbatim"))
    need(value["type"] in ("plain_text", "mrkdwn"), f"{what}: text type {value['type']!r}")
    need(value["type"] == "plain_text" or "emoji" not in value, f"{what}: emoji is for plain_text only")
    check_text(what, value["text"], most)
    check_markup(what, value["text"], value["type"] == "mrkdwn")


def check_markup(what, text, takes_links=False):
    """Allows in mrkdwn no mention, and angle brackets and & only in links of ours."""
    need(not MENTION.search(text), f"{what} mentions somebody: {text!r}")
    rest = LINK.sub("", text) if takes_links else text
    need("<" not in rest and ">" not in rest, f"{what}: < and > must be escaped: {text!r}")
    need(not re.search(r"&(?!amp;|lt;|gt;)", rest), f"{what}: & must be escaped: {text!r}")
    need(takes_links or "://" not in rest, f"{what}: a link is made of {text!r}")
    need(not takes_links or rest.strip() == "", f"{what}: markup of others' words: {text!r}")
