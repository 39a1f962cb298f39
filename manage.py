#!/usr/bin/env python3
"""Command line of Hattama. Starts the embedded servers for the command when none are configured."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded
from config.mark import WrongDatabase


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with embedded.servers_for(sys.argv):
        try:
            execute_from_command_line(sys.argv)
        except WrongDatabase as refusal:
            sys.exit(str(refusal))


if __name__ == "__main__":
    main()
