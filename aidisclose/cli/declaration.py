"""The declaration of `sign`: its options, a template of them, or a manifest definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

import aidisclose as ad
from aidisclose.cli import additions, candidates, files, options
from aidisclose.errors import UsageError
from aidisclose.io import json_text, toml
from aidisclose.manifest import training
from aidisclose.manifest.disclosure import OVERSIGHT
from aidisclose.signing.definition import Definition

#: Options that say something of the use of AI; a manifest definition says all of it itself.
_DECLARING: Final = (
    *("--ai", "--model", "--model-version", "--model-id", "--model-type", "--provider"),
    *("--prompt", "--prompt-writer", "--seed", "--training", "--training-constraint"),
    *("--disclosure", "--aigc-producer", "--aigc-id", "--aigc-propagator", "--aigc-propagate-id"),
    *("--oversight", "--source-type", "--action"),
)
#: What part AI had, as `--ai` takes it.
AI: Final = ("generated", "composite", "edited", "none")


def _declare(
    *,
    manifest: Path | None,
    outside_paths: bool,
    disclosure: Path | None,
    aigc_producer: str | None,
    aigc_id: str | None,
    aigc_propagator: str | None,
    aigc_propagate_id: str | None,
    **fields: Any,
) -> ad.Disclosure | Definition | None:
    """The declaration: of a manifest definition, or of options and a template.

    Of one in a settings file and one on the command line, the latter counts. An update declares
    nothing; it may be a manifest definition.
    """
    options.need("--manifest", "--outside-paths")
    named = options.given(*_DECLARING)
    is_defined = bool(options.given("--manifest"))
    if click.get_current_context().params.get(additions.FLAG):
        options.refuse_beside("--update", *_DECLARING, reason="declares nothing about AI")
        if not is_defined:
            return None
    options.refuse_beside("--manifest", *_DECLARING, reason="says everything")
    if manifest is not None and (is_defined or not named):
        found = Definition(files.read_small(manifest), manifest.parent, outside_paths)
        try:
            found.read()
        except ad.SigningError as error:
            raise click.ClickException(f"{manifest}: {error}") from None
        return found
    if fields["training"] != "constrained" and options.given("--training-constraint"):
        raise click.UsageError("--training-constraint needs --training constrained")
    options.need("--aigc-id", "--aigc-producer")
    options.need("--aigc-producer", "--aigc-id")
    options.need("--aigc-propagate-id", "--aigc-propagator")
    options.need("--aigc-propagator", "--aigc-propagate-id")
    spread = {"propagator": aigc_propagator, "id": aigc_propagate_id}
    spread = {name: value for name, value in spread.items() if value}
    if aigc_producer or aigc_id:
        fields["aigc"] = {"producer": aigc_producer or "", "content_id": aigc_id or ""}
        names = {"propagator": "propagator", "id": "propagation_id"}
        fields["aigc"] |= {names[name]: value for name, value in spread.items()}
    elif spread:
        fields["propagation"] = spread
    fields = _with_template(fields, disclosure)
    if fields.get("ai") is None:
        message = "say what part AI had: --ai generated, composite, edited or none"
        raise click.UsageError(f"{message}, or --manifest FILE")
    return ad.Disclosure.from_fields(fields)


def _with_template(fields: dict[str, Any], template: Path | None) -> dict[str, Any]:
    """The fields of a template, and those of options in their place."""
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    prompt = given.get("prompt")
    if isinstance(prompt, str) and prompt.startswith("@"):
        given["prompt"] = files.read_small(Path(prompt[1:])).decode("utf-8", "replace").strip()
    if template is None:
        return given
    text = files.read_small(template)
    try:
        is_json = template.suffix == ".json"
        found = json_text.decode(text) if is_json else toml.parse(text)
    except ValueError as error:
        raise click.ClickException(f"{template}: {error}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{template}: not a table of fields")
    found = {str(name).replace("-", "_"): value for name, value in found.items()}
    try:
        ad.Disclosure.from_fields({"ai": "generated"} | found | given)
    except UsageError as error:
        raise click.ClickException(f"{template}: {error}") from None
    return found | given


#: What is declared: a `Disclosure` or a `Definition`; None for an update without one.
declared: Final = options.group(
    "statement",
    _declare,
    options.setting(
        "--ai",
        type=options.Choice(AI),
        help="How AI was used: all is generated, a part is, it was edited, or none.  "
        "[required without --manifest]",
    ),
    options.setting("--model", metavar="NAME", help="Name of the AI model or system."),
    options.setting("--model-version", metavar="VERSION", help="Version of the AI model."),
    options.setting("--model-id", metavar="URI", help="Identifier of the AI model: pkg:…"),
    options.setting("--model-type", metavar="TYPE", help="c2pa.types.model or a sub-type."),
    options.setting("--provider", metavar="NAME", help="Provider of the AI system."),
    click.option(
        "--prompt",
        metavar="TEXT|@FILE",
        help="What the model was asked for. Everybody can read it in the copy.",
    ),
    options.setting(
        "--prompt-writer", metavar="NAME", help="Author of the prompt; public as well."
    ),
    click.option("--seed", metavar="NUMBER", help="Seed of the random numbers."),
    options.setting(
        "--training",
        type=options.Choice(training.POLICIES),
        help="Whether the content may be mined or used to train AI.",
    ),
    options.setting(
        "--training-constraint", metavar="TEXT", help="Constraint of --training constrained."
    ),
    options.setting(
        "--disclosure",
        type=options.FILE,
        metavar="FILE",
        help="All that can be declared, in TOML or JSON; options on the command line come first.",
    ),
    options.setting(
        "--aigc-producer", metavar="NAME", help="Write a label of GB 45438, from this producer."
    ),
    click.option(
        "--aigc-id", metavar="ID", help="Content id that the producer assigned (GB 45438)."
    ),
    options.setting(
        "--aigc-propagator",
        metavar="NAME",
        help="Name this platform in the label of GB 45438 that the file carries.",
    ),
    click.option(
        "--aigc-propagate-id", metavar="ID", help="Content id that the platform assigned."
    ),
    options.setting(
        "--oversight", type=options.Choice(OVERSIGHT), help="Level of human oversight."
    ),
    options.setting(
        "--source-type",
        metavar="TERM",
        shell_complete=candidates.source_types,
        help="Digital source type, if not the usual one.",
    ),
    options.setting(
        "--action",
        "actions",
        multiple=True,
        metavar="NAME",
        help="What else was done, in order: c2pa.cropped, c2pa.resized …",
    ),
    options.setting(
        "--manifest",
        type=options.FILE,
        metavar="FILE",
        help="Manifest definition in JSON, instead of the options of the declaration.",
    ),
    click.option(
        "--outside-paths",
        is_flag=True,
        help="Let --manifest name files outside its folder, which are published in the copy.",
    ),
)
