"""The command `kg`: each command is one call of the Python interface, its answer printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg import __version__
from kg.errors import KgError, UsageError
from kg.files import writing
from kg.models import Rejected
from kg.output import console, render, table, visible
from kg.progress import ProgressBar
from kg.store import Store

_REJECTED = 3

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Papers' titles and abstracts in, a knowledge graph of what they propose, use and evaluate out.",
)
export_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Write the graph, or a part of it, for other programs."
)
app.add_typer(export_app, name="export")

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        show_default=False,
        help="Files or folders: JSONL, CSV, Parquet, BibTeX, arXiv, OpenAlex or Semantic Scholar dumps, "
        "pages of abstracts; plain or gzip; - for standard input.",
    ),
]
GraphPath = Annotated[Path, typer.Option("--graph", "-g", help="The graph directory.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no summary.")]
Workers = Annotated[
    int | None,
    typer.Option(min=1, show_default=False, help="Processes that extract; one a core, at most eight, unless given."),
]
Neo4jUri = Annotated[
    str | None,
    typer.Option(
        "--neo4j", metavar="URI", show_default=False, help="Ask this Neo4j server instead of the embedded store."
    ),
]
Database = Annotated[
    str | None, typer.Option(show_default=False, help="Neo4j database; the server's default unless given.")
]

Lexicon = Annotated[
    Path | None,
    typer.Option(
        exists=True, metavar="FILE", show_default=False, help="Names to know beside the shipped ones; see `kg lexicon`."
    ),
]
MinScore = Annotated[
    float,
    typer.Option(min=0, max=1, show_default=False, help="Leave out what is less likely to be right than this."),
]

_GRAPH = Path("graph")


class Model(StrEnum):
    """Which of the shipped models extracts."""

    fast = "fast"
    accurate = "accurate"


ModelOption = Annotated[Model, typer.Option("--model", help="The model that extracts.")]


class OutputFormat(StrEnum):
    """How `kg query` prints rows."""

    table = "table"
    json = "json"
    csv = "csv"


class SchemaFormat(StrEnum):
    """How `kg schema` prints the graph model."""

    text = "text"
    mermaid = "mermaid"
    cypher = "cypher"
    json = "json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong arguments, 3 some input rejected."""
    try:
        app(arguments, prog_name="kg")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except KgError as error:
        _say(f"kg: {error}")
        return error.exit_code
    except OSError as error:
        _say(f"kg: {error.filename or 'input or output'}: {error.strerror or error}")
        return KgError.exit_code
    return 0


def _version(show: bool) -> None:
    if show:
        typer.echo(f"kg {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before the command."""


@app.command()
def build(
    inputs: Inputs,
    graph: GraphPath = _GRAPH,
    replace: Annotated[bool, typer.Option("--replace", help="Forget the papers of earlier builds.")] = False,
    model: ModelOption = Model.fast,
    lexicon: Lexicon = None,
    min_score: MinScore = 0.0,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Read papers, extract what they say, and add them to the graph."""
    import kg.api as api  # noqa: PLC0415  # spaCy takes a second to import

    with ProgressBar(quiet=quiet) as progress:
        summary = api.build(
            inputs,
            graph,
            replace=replace,
            model=model.value,
            lexicon=lexicon,
            min_score=min_score,
            workers=workers,
            on_reject=_print_reject,
            progress=progress,
        )
    if not quiet:
        counts = summary.version.manifest.counts
        nodes, edges = counts["papers"] + counts["entities"], counts["edges"]
        state = f"version {summary.version.number}" if summary.changed else "unchanged"
        typer.echo(
            f"{graph} ({state}): {_count(summary.papers, 'paper')}, {_count(summary.read, 'record')} read, "
            f"{summary.extracted:,} extracted; {_count(nodes, 'node')}, {_count(edges, 'relationship')}"
        )
    if summary.rejected:
        raise typer.Exit(_REJECTED)


@app.command()
def extract(
    inputs: Inputs,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            show_default=False,
            help="Where the records go, one JSON object a line; - for standard output.  With --explain: the page.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell what was found in one paper, and why; with -o also as a page.")
    ] = False,
    paper_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", show_default=False, help="The paper to explain; the first unless given."),
    ] = None,
    model: ModelOption = Model.fast,
    lexicon: Lexicon = None,
    min_score: MinScore = 0.0,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Write what each paper says as one JSON record a line, or explain what was found in one of them."""
    import kg.records as records  # noqa: PLC0415

    if explain:
        told = records.explain(inputs, paper_id, model=model.value, lexicon=lexicon, on_reject=_print_reject)
        if output is not None:
            with writing(output) as page:
                page.write(told.html().encode())
        if output != "-":
            for line in told.text().splitlines():
                _line(line)
        return
    if output is None:
        raise UsageError("say with -o where the records go; -o - is standard output")
    if paper_id is not None:
        raise UsageError("--id goes with --explain")
    with ProgressBar(quiet=quiet) as progress:
        summary = records.extract_to(
            inputs,
            output,
            model=model.value,
            lexicon=lexicon,
            min_score=min_score,
            workers=workers,
            on_reject=_print_reject,
            progress=progress,
        )
    if not quiet and output != "-":
        typer.echo(f"{output}: {_count(summary.written, 'record')}")
    if summary.rejected:
        raise typer.Exit(_REJECTED)


@app.command()
def lexicon(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the names go; a file that --lexicon takes.")],
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Mine names from many papers: methods, data sets, benchmarks, tasks and metrics, with the evidence for each."""
    import kg.records as records  # noqa: PLC0415

    with ProgressBar(quiet=quiet) as progress:
        summary = records.lexicon_to(inputs, output, workers=workers, on_reject=_print_reject, progress=progress)
    if not quiet:
        typer.echo(f"{output}: {_count(summary.written, 'name')}")
    if summary.rejected:
        raise typer.Exit(_REJECTED)


@app.command()
def resolve(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="Records as `kg extract` writes them.")],
    output: Annotated[
        str,
        typer.Option("--output", "-o", help="Where the assignments go, one JSON object a line; - for standard output."),
    ],
) -> None:
    """Write which node every entity of the records becomes."""
    import kg.records as stored  # noqa: PLC0415

    count = stored.resolve_to(records, output)
    if output != "-":
        typer.echo(f"{output}: {_count(count, 'entity', 'entities')}")


@app.command()
def query(
    cypher: Annotated[
        str | None, typer.Argument(metavar="CYPHER", show_default=False, help="A reading Cypher query.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(show_default=False, help="Run a shipped query; --list shows them.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", show_default=False, help="A parameter of the query; may be repeated."),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the shipped queries.")] = False,
    graph: GraphPath = _GRAPH,
    neo4j: Neo4jUri = None,
    database: Database = None,
    output: Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print the rows.")] = OutputFormat.table,
) -> None:
    """Ask the graph in Cypher."""
    from kg import queries  # noqa: PLC0415

    if show:
        console().print(table(("query", "what it answers", "parameters"), queries.overview()))
        return
    if (cypher is None) == (name is None):
        raise UsageError("give a Cypher query or --name NAME (--list shows the shipped ones)")
    given = dict(_key_value(text) for text in param or ())
    if name is not None:
        shipped = queries.load(name)
        text, parameters = shipped.cypher, shipped.bind(given)
    else:
        text, parameters = str(cypher), {key: _literal(value) for key, value in given.items()}
    with _store(graph, neo4j, database) as store:
        rows = store.query(text, parameters)
    if name is not None and not rows.rows and neo4j is None:
        _suggest(graph, parameters)
    if output == OutputFormat.table:
        console().print(table(rows.columns, rows.rows))
        _line(_count(len(rows.rows), "row"))
    else:
        sys.stdout.write(render(rows, "json" if output == OutputFormat.json else "csv"))


@app.command()
def load(
    to: Annotated[
        str | None, typer.Option("--to", metavar="URI", show_default=False, help="The server; NEO4J_URI unless given.")
    ] = None,
    graph: GraphPath = _GRAPH,
    database: Database = None,
    min_score: MinScore = 0.0,
    batch_size: Annotated[int, typer.Option(min=1, max=100_000, help="Rows a transaction.")] = 2000,
    quiet: Quiet = False,
) -> None:
    """Write the graph into a Neo4j server (NEO4J_USERNAME and NEO4J_PASSWORD say who you are)."""
    from kg.graph.cut import cut  # noqa: PLC0415
    from kg.graph.directory import GraphDirectory  # noqa: PLC0415
    from kg.store import neo4j as server  # noqa: PLC0415

    version = cut(GraphDirectory(graph).open(), min_score)
    settings = server.Neo4jSettings.from_environment(to, database)
    with ProgressBar(quiet=quiet) as progress:
        summary = server.load(
            version, settings, batch_size=batch_size, on_progress=lambda done, total: progress("loading", done, total)
        )
    if not quiet:
        typer.echo(
            f"{settings.uri}: {summary.nodes:,} nodes sent, {summary.nodes_created:,} of them new; "
            f"{summary.relationships:,} relationships sent, {summary.relationships_created:,} of them new"
        )


@export_app.command("html")
def export_html(
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")],
    around: Annotated[str | None, typer.Option(show_default=False, help="Draw what is around this name or id.")] = None,
    hops: Annotated[int, typer.Option(min=1, max=6, help="How far to go from it.")] = 1,
    cypher: Annotated[
        str | None,
        typer.Option(
            "--query", metavar="CYPHER", show_default=False, help="Draw the nodes whose ids this query returns."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Draw at most so many nodes.")] = 200,
    min_score: MinScore = 0.0,
    graph: GraphPath = _GRAPH,
    quiet: Quiet = False,
) -> None:
    """Write an interactive page of a part of the graph; one file that needs no network."""
    import kg.api as api  # noqa: PLC0415

    with api.open_graph(graph) as opened:
        chosen = opened.export_html(output, around=around, hops=hops, query=cypher, limit=limit, min_score=min_score)
    if not quiet:
        for note in chosen.notes:
            _say(note)
        typer.echo(f"{output}: {len(chosen.nodes):,} nodes, {len(chosen.edges):,} relationships")


@app.command()
def schema(
    output: Annotated[SchemaFormat, typer.Option("--format", "-f", help="How to print it.")] = SchemaFormat.text,
) -> None:
    """Print the graph model: labels, relationship types, properties."""
    from kg import diagram  # noqa: PLC0415
    from kg import schema as model  # noqa: PLC0415
    from kg.store import cypher  # noqa: PLC0415

    def script(model_: model.Schema) -> str:
        return "".join(f"{statement};\n" for statement in cypher.constraint_statements(model_))

    renderers: dict[SchemaFormat, Callable[[model.Schema], str]] = {
        SchemaFormat.text: diagram.text,
        SchemaFormat.mermaid: diagram.mermaid,
        SchemaFormat.json: diagram.as_json,
        SchemaFormat.cypher: script,
    }
    typer.echo(renderers[output](model.load()), nl=False)


@app.command()
def stats(graph: GraphPath = _GRAPH) -> None:
    """Count what the graph holds."""
    from kg.graph import stats as counting  # noqa: PLC0415
    from kg.graph.directory import GraphDirectory  # noqa: PLC0415

    counted = counting.stats(GraphDirectory(graph).open())
    out = console()
    _line(f"{graph}, version {counted.version}, read by {counted.extractor}")
    out.print(table(("nodes", "count"), counted.nodes.items()))
    out.print(table(("relationships", "count"), counted.relationships.items()))
    _line(
        f"{counted.with_evidence:,} relationships carry their sentence; "
        f"those between two things are gathered from {_count(counted.statements, 'statement')}"
    )


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name, alias, id or former id.")],
    other: Annotated[
        str | None, typer.Argument(metavar="[NAME]", show_default=False, help="A second name: one node or two?")
    ] = None,
    graph: GraphPath = _GRAPH,
) -> None:
    """Say what a name means in the graph and why: spellings, rules, evidence."""
    from kg.graph import explain as explaining  # noqa: PLC0415
    from kg.graph.directory import GraphDirectory  # noqa: PLC0415

    version, out = GraphDirectory(graph).open(), console()
    if other is not None:
        comparison = explaining.compare(version, name, other)
        _line(f"{'one node' if comparison.same else 'two nodes'}: {comparison.reason}")
        return
    for node in explaining.explain(version, name):
        _line(f"{node.id}  {node.label}  {node.name}  ({_count(node.support, 'paper')})")
        if node.spellings:
            out.print(table(("spelling", "papers", "why it is this node"), node.spellings))
        rows = [
            (f"{s.type} ->" if s.outgoing else f"<- {s.type}", s.other, f"{s.score:.2f}", s.paper, s.evidence)
            for s in node.statements
        ]
        out.print(table(("relationship", "with", "score", "paper", "evidence"), rows))


@app.command(name="eval")
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Annotated records, one JSON object a line.")],
    predicted: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PREDICTED]",
            show_default=False,
            help="Extracted records; without it GOLD's own texts are extracted.",
        ),
    ] = None,
    errors: Annotated[int, typer.Option(min=0, metavar="N", help="List the N most frequent misses and extras.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    model: ModelOption = Model.fast,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Score extraction against annotated records: precision, recall and F1."""
    import kg.records as records  # noqa: PLC0415

    with ProgressBar(quiet=quiet) as progress:
        result = records.evaluate_files(gold, predicted, model=model.value, workers=workers, progress=progress)
    if as_json:
        typer.echo(json.dumps(result.as_dict()))
        return
    out = console()
    rows = [
        (name, f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}", row.tp, row.fp, row.fn)
        for name, row in result.rows.items()
    ]
    _line(f"{result.papers:,} gold papers, {result.predicted:,} predicted")
    out.print(table(("", "precision", "recall", "F1", "tp", "fp", "fn"), rows))
    for title, counted in (("missed", result.misses), ("extra", result.extras)) if errors else ():
        out.print(table(("type", "name", "papers"), [(*key, count) for key, count in counted[:errors]], title=title))


def _store(graph: Path, neo4j: str | None, database: str | None) -> Store:
    if neo4j is not None:
        from kg.store.neo4j import Neo4jSettings, Neo4jStore  # noqa: PLC0415

        return Neo4jStore(Neo4jSettings.from_environment(neo4j, database))
    from kg.graph.directory import GraphDirectory  # noqa: PLC0415
    from kg.store.embedded import EmbeddedStore  # noqa: PLC0415

    directory = GraphDirectory(graph)
    return EmbeddedStore.open(directory, directory.open())


def _count(number: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _suggest(graph: Path, parameters: Mapping[str, object]) -> None:
    """Say which of a query's parameters names nothing in the graph, and what comes close."""
    from kg.graph import lookup  # noqa: PLC0415
    from kg.graph.directory import GraphDirectory  # noqa: PLC0415

    version = GraphDirectory(graph).open()
    for value in parameters.values():
        if isinstance(value, str):
            try:
                lookup.find(version, value)
            except UsageError as error:
                _say(f"kg: {error}")


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"--param {text!r}: should be KEY=VALUE")
    return key, value


def _literal(text: str) -> object:
    """A parameter of a free query: JSON where it is JSON (numbers, true, lists), else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _line(text: str) -> None:
    """One line of an answer, never broken; what it quotes from papers cannot steer the terminal."""
    console().print(visible(text), soft_wrap=True)


def _print_reject(rejected: Rejected) -> None:
    _say(f"rejected {rejected}")


def _say(message: str) -> None:
    console(stderr=True).print(message, soft_wrap=True)
