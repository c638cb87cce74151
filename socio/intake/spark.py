"""Spark: where a register outgrows a machine; a session that runs already, or a small local one."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from socio.errors import Fault, TableError, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

PANDAS: Final = "PySpark does not yet fully support pandas"
"""A warning of its that concerns frames of pandas, which are not used."""

LOOPBACK: Final = "127.0.0.1"
LOCAL: Final = {
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.host": LOOPBACK,
    "spark.driver.memory": "1g",
    "spark.io.encryption.enabled": "true",  # else rows are laid in a file on their way in, and spilled as they are
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""The local session: two threads of this computer, which no other reaches, and nothing legible on its disk."""


@contextmanager
def session() -> Iterator[Any]:
    """Give the Spark session that runs already, or a local one that stops afterwards.

    Yields
    ------
    pyspark.sql.SparkSession

    Raises
    ------
    TableError
        PySpark is not installed, or there is no Java that it starts with.
    """
    running = _running()
    given = running or _started()
    try:
        yield given
    finally:
        if running is None:
            given.stop()


def opened(table: pa.Table) -> Any:  # noqa: ANN401 - PySpark has no types that mypy follows
    """Hand a table to the session that runs, or to a local one that is started now.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    pyspark.sql.DataFrame
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", PANDAS, FutureWarning)
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves a socket of its own to be closed by itself
        return (_running() or _started()).createDataFrame(table)


def scanned(folder: Path) -> Any:  # noqa: ANN401 - PySpark has no types that mypy follows
    """Scan a folder of Parquet files, without reading it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    TableError
        There is nothing in the folder that is Parquet, or something that is not.
    """
    given = _running() or _started()
    with told():
        return given.read.parquet(str(folder))


@contextmanager
def told() -> Iterator[None]:
    """Say in a sentence that Spark cannot go on; its own reason is the cause, for the log.

    Raises
    ------
    TableError
        A file is not what it says, or the cluster has given up.
    """
    if "pyspark" not in sys.modules:
        yield
        return
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # noqa: PLC0415 - installed where wanted only
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", PANDAS, FutureWarning)
            yield
    except (Py4JError, PySparkException) as error:
        wrong = words("Spark cannot read the register, or gave up counting it")
        allowed = words("it is CSV, Parquet or a workbook, or a folder of Parquet files that all have the same columns")
        raise TableError([Fault(wrong=wrong, allowed=allowed)]) from error


def _running() -> Any:  # noqa: ANN401 - PySpark has no types that mypy follows
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - installed where wanted only
    except ImportError:
        wrong = words("the engine {engine} is not installed", engine="pyspark")
        raise TableError([Fault(wrong=wrong, allowed=words("choose auto or polars"))]) from None
    return SparkSession.getActiveSession()


def _started() -> Any:  # noqa: ANN401 - PySpark has no types that mypy follows
    from pyspark.errors import PySparkException  # noqa: PLC0415 - installed where wanted only
    from pyspark.sql import SparkSession  # noqa: PLC0415

    builder = SparkSession.builder.master("local[2]").appName("socio")
    for key, value in LOCAL.items():
        builder = builder.config(key, value)
    try:
        with _quietly():
            return builder.getOrCreate()
    except (PySparkException, OSError):
        wrong = words("Spark does not start")
        allowed = words("it needs Java 17 or later, on the PATH or in JAVA_HOME; or choose auto or polars")
        raise TableError([Fault(wrong=wrong, allowed=allowed)]) from None


@contextmanager
def _quietly() -> Iterator[None]:
    """Let Java be started with nowhere to chat, and with loopback as its address."""
    before = os.environ.get("SPARK_LOCAL_IP")
    sys.stderr.flush()
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.environ["SPARK_LOCAL_IP"] = LOOPBACK
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silence)
        if before is None:
            del os.environ["SPARK_LOCAL_IP"]
        else:
            os.environ["SPARK_LOCAL_IP"] = before
