"""The command line: one module per command."""


def main() -> None:
    """Run ``backline``: the entry point of every installation, old ones too."""
    from backline.cli import app

    app.main()
