"""`minsheng vault …`: the key under which the petitioners' identities are sealed."""

from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import progress

app = typer.Typer(
    help="Check and change the key of the petitioners' identities.", no_args_is_help=True
)


@app.command(epilog="Example: minsheng vault check")
def check() -> None:
    """See whether the key fits the data, as after a restore."""
    runtime.ready(city=False)
    from minsheng.foundation import vault

    vault.check()
    print("The key fits.")


@app.command(
    epilog="Example: minsheng vault rotate, a restart, then minsheng vault rotate --finish"
)
def rotate(
    finish: Annotated[
        bool,
        typer.Option("--finish", help="Seal what is left and take the old key out of use."),
    ] = False,
) -> None:
    """Change the key: seal all identities anew, in batches; goes on where it was interrupted.

    Takes two runs. The first puts a new key into use (a new file under keys/, or
    MINSHENG_VAULT2_KEY, MINSHENG_VAULT3_KEY …, set on every machine before). Restart the web and
    the worker, so that they use it. The second, with --finish, takes the old key out of use;
    it is needed no more, except for older backups.
    """
    runtime.ready(city=False)
    from minsheng.foundation import vault
    from minsheng.foundation.journal import Signature

    by = Signature("system", "admin")
    vault.check()
    if not vault.rotating():
        if finish:
            print("There is only one key: nothing to finish.")
            return
        print(f"Key version {vault.begin_rotation(by)} is in use.")
    with progress("identities", total=vault.sealed_before().count()) as advance:
        done = vault.reseal(advance)
    print(f"{done} identities sealed anew.")
    if finish:
        vault.retire_old_keys(by)
        print("The old key is out of use. Keep it only as long as backups from before today.")
    else:
        print("Restart web and worker, then run `minsheng vault rotate --finish`.")
