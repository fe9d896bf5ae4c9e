"""Microsoft Teams through a Workflows webhook: a message with Adaptive Cards of schema 1.0 to 1.5, at most 28 KB.

learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook and adaptivecards.io.
"""
import re

from receivers.mock import Mock, Violation, check_keys, check_text, need, parse

LARGEST = 28_000
COLOURS = ("default", "dark", "light", "accent", "good", "warning", "attention")
SIZES = ("default", "small", "medium", "large", "extraLarge")


class Teams(Mock):
    def answer(self, path, headers, body):
        need(len(body) <= LARGEST, f"{len(body)} bytes, at most {LARGEST}", status=413)
        message = parse(headers, body)
        check_keys("message", message, ("type", "attachments"))  # no "entities": nobody is mentioned
        need(message["type"] == "message", "type")
        need(message["attachments"], "no attachment")
        for attachment in message["attachments"]:
            check_keys("attachment", attachment, ("contentType", "content"), ("contentUrl", "name"))
            need(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "no Adaptive Card")
            need(attachment.get("contentUrl") is None, "contentUrl must be null")
            check_card(attachment["content"])
        self.accepted.append(message)
        return 202, {}, ""


def check_card(card):
    check_keys("card", card, ("type", "version", "body"), ("$schema", "actions", "msteams"))
    need(card["type"] == "AdaptiveCard", "type of the card")
    need(card["version"] in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"), f"version {card['version']!r}")
    need(card.get("$schema", "x").endswith("adaptivecards.io/schemas/adaptive-card.json"), "$schema")
    need("entities" not in card.get("msteams", {}), "mentions somebody")
    need(card["body"], "an empty card")
    for block in card["body"]:
        check_block(block, card["version"])
    for action in card.get("actions", []):
        check_keys("action", action, ("type", "url"), ("title",))
        need(action["type"] == "Action.OpenUrl", f"action {action['type']!r}")
        need(re.match(r"https?://\S+$", action["url"]), f"url {action['url']!r}")
    need(len(card.get("actions", [])) <= 6, "more than 6 actions")


def check_block(block, version):
    """Accepts RichTextBlock only: TextBlock and FactSet interpret Markdown in texts of others."""
    if block.get("type") != "RichTextBlock":
        raise Violation(f"element {block.get('type')!r}")
    need(version >= "1.2", "RichTextBlock came with 1.2")
    check_keys("RichTextBlock", block, ("type", "inlines"), ("horizontalAlignment", "separator", "spacing"))
    need(block["inlines"], "an empty RichTextBlock")
    for run in block["inlines"]:
        check_keys("TextRun", run, ("type", "text"), ("size", "weight", "color", "isSubtle"))
        need(run["type"] == "TextRun", f"inline {run['type']!r}")
        check_text("TextRun", run["text"], LARGEST, least=0)
        need("://" not in run["text"], f"a link is made of {run['text']!r}")
        need(run.get("color", "default") in COLOURS and run.get("size", "default") in SIZES, "color or size")
        need(run.get("weight", "default") in ("default", "lighter", "bolder"), "weight")
