"""``python -m backline``: the same as the command ``backline``."""

from backline.cli import main

if __name__ == "__main__":
    main()
