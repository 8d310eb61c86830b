"""APDM's (Clario's) Opal sensors: the HDF5 of Mobility Lab and Moveo, version 5.

Layout: APDM's "HDF5 data file format": ``Sensors/ID`` with Accelerometer (m/s2), Gyroscope (rad/s)
and Time (microseconds), the place in ``Configuration``'s "Label 0"; ``Processed/ID/Orientation`` as
quaternions w, x, y, z, where they were computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import NotMeasurableError
from backline.formats.missing_values import lost, without_lost
from backline.sources.imu.session import Session
from backline.sources.imu.stream import Stream, lost_by_clock, whole_clock

PLACES = {
    "lumbar": "sacrum", "sacrum": "sacrum", "pelvis": "sacrum",
    "sternum": "t12", "trunk": "t12", "chest": "t12", "t12": "t12",
    "right upper leg": "thigh", "left upper leg": "thigh", "right thigh": "thigh",
    "left thigh": "thigh",
}  # fmt: skip
"""APDM's labels, lower case. Its "Lumbar" sensor is worn over L5 and the sacrum; "Sternum" turns
with the rib cage, as T12 does."""


def is_apdm(file: Mapping[str, Any]) -> bool:
    """Return whether an open h5py file is APDM's."""
    if "Sensors" not in file:
        return False
    return any("Accelerometer" in one and "Time" in one for one in file["Sensors"].values())


def read_apdm(path: Path, file: Mapping[str, Any]) -> Session:
    """Read the sensors on the back (and a thigh) from an open h5py file.

    Raises
    ------
    NotMeasurableError
        If the one on the low back or the one on the chest is missing.
    """
    streams: dict[str, Stream] = {}
    labels = []
    for number, sensor in file["Sensors"].items():
        label = _label(sensor)
        if label in labels and label.lower() in PLACES:
            raise NotMeasurableError(
                f"'{path}' holds two sensors labelled {label}, and one was expected: correct the "
                "wrong label in the program that exported it."
            )
        labels.append(label or number)
        place = PLACES.get(label.lower())
        if place is None or place in streams:
            continue
        streams[place] = _stream(f"{path}, {label}", sensor, file.get("Processed", {}).get(number))
    if not {"sacrum", "t12"} <= set(streams):
        raise NotMeasurableError(
            f"'{path}' holds sensors labelled {', '.join(labels)}, and 'Lumbar' and 'Sternum' were "
            "expected: label them so in the program that exported them."
        )
    return Session(streams, False)


def _label(sensor: Any) -> str:
    attributes = sensor["Configuration"].attrs if "Configuration" in sensor else sensor.attrs
    label = attributes.get("Label 0", b"")
    return (label.decode(errors="replace") if isinstance(label, bytes) else str(label)).strip("\0 ")


def _stream(name: str, sensor: Any, processed: Any) -> Stream:
    time_s = np.asarray(sensor["Time"], dtype=np.float64) * 1e-6
    if processed is not None and "Orientation" in processed:
        values = without_lost(np.asarray(processed["Orientation"], dtype=np.float64))
        clock, kept = whole_clock(name, time_s, values)
        return Stream(name, clock, "quaternion", kept, lost_by_clock(clock))
    acc = np.asarray(sensor["Accelerometer"], dtype=np.float64)
    values = np.concatenate([np.asarray(sensor["Gyroscope"], dtype=np.float64), acc], axis=1)
    values[lost(acc)] = np.nan
    clock, kept = whole_clock(name, time_s, values)
    return Stream(name, clock, "raw", kept, lost_by_clock(clock))
