"""``python -m backline``: the same as the command ``backline``."""

from backline.cli.main import main

if __name__ == "__main__":
    main()
