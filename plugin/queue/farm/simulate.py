"""`stfam farm simulate`: many shots on farms of many sizes, on paper."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None: ...
def answer(options: argparse.Namespace) -> int:
    return 0
