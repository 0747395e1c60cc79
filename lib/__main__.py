"""The command line: `python -m lib` lists the book's experiments, runs and draws them."""

import sys
import warnings
from pathlib import Path

try:
    import click
except ImportError:
    sys.exit("python -m lib needs click: pip install 'geometry-of-optimizer-dynamics[sweep]'.")

import jax

from lib import experiments
from lib.sweep import read


class Setting(click.ParamType):
    """`NAME=NUMBER`, or `NAME=NUMBER,NUMBER,…`."""

    name = "NAME=NUMBER[,NUMBER]…"

    def convert(self, value, param, context):
        """The name and the numbers: whole ones as they are written."""
        if isinstance(value, tuple):
            return value
        name, _, numbers = value.partition("=")
        try:
            found = [
                int(n) if n.strip().lstrip("+-").isdigit() else float(n) for n in numbers.split(",")
            ]
        except ValueError:
            self.fail(
                f"{value!r} is not NAME=NUMBER or NAME=NUMBER,NUMBER,…, such as "
                f"learning_rate=0.01,0.1.",
                param,
                context,
            )
        return name.strip(), found


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Run the experiments of The Geometry of Optimizer Dynamics at any size."""


@main.command("list")
def list_():
    """List the experiments and their settings.

    Each setting stands as `run` takes it, with the values that it has if you say nothing else.
    """
    for name, each in experiments.EXPERIMENTS.items():
        click.echo(f"{name}\n    {each.question}")
        for setting, values in each.settings.items():
            words = each.attributes[setting]
            unit = "" if words["units"] == "1" else f", in {words['units']}"
            numbers = ",".join(f"{value:g}" for value in values)
            click.echo(f"    --set {setting}={numbers}   {words['long_name']}{unit}")


@main.command()
@click.argument("name")
@click.option(
    "--set",
    "settings",
    type=Setting(),
    multiple=True,
    help="Values of a setting. All combinations of the settings are run.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many runs of each combination.",
)
@click.option(
    "--key",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Another number draws other random numbers.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder for the results, by custom NAME.zarr.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with what is in the folder, if there is something."
)
@click.option(
    "--distributed", is_flag=True, help="This process is one of a job, under SLURM for instance."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
def run(name, settings, seeds, key, out, resume, distributed, quiet):
    """Run the experiment NAME, on all devices that JAX finds.

    Ctrl-C ends it with what was computed; --resume goes on from there.

    Example: python -m lib run valley-slide --set momentum=0,0.9 --seeds 1000 --out slide.zarr
    """
    names = [each for each, _ in settings]
    for each in names:
        if names.count(each) > 1:
            raise click.UsageError(
                f"The setting {each!r} is given {names.count(each)} times. Give its values "
                f"together: --set {each}=NUMBER,NUMBER."
            )
    if distributed:
        jax.distributed.initialize()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it was stopped is said below
        found = experiments.run(
            name,
            dict(settings),
            seeds,
            jax.random.key(key),
            out=out,
            resume=resume,
            progress=not quiet,
        )
    for each in found.attrs["not_finite"]:
        click.echo(f"not finite: {each}", err=True)
    done, total = int((found.status > 0).sum()), found.status.size
    if done < total:
        click.echo(
            f"Stopped: {done:,} of {total:,} runs are in {out}; --resume goes on from there.",
            err=True,
        )
        sys.exit(130)
    click.echo(f"{total:,} runs are in {out}. Draw them: python -m lib plot {out}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The picture, .png, .svg or .pdf.  [default: FILE with the ending .svg]",
)
def plot(file, out):
    """Draw the results in FILE.

    Means over the seeds are drawn, with their standard errors.
    """
    target = out or file.with_suffix(".svg")
    experiments.picture(read(file)).savefig(target, dpi=150)
    click.echo(f"The picture is in {target}.")


def command() -> None:
    """Run a command; what lib refuses is said in its words, with exit code 2."""
    try:
        sys.exit(main(prog_name="python -m lib", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except ValueError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except (OSError, RuntimeError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    command()
