"""MediaPipe's graph as `mp.solutions.pose` runs it, with what it hides: its regions."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.blazepose.region import Region
from backline.sources.video.pose.native_log_filter import quiet_native_logs

_GRAPH = "mediapipe/modules/pose_landmark/pose_landmark_cpu.binarypb"
_STREAMS = ("pose_rect", "pose_landmarks", "pose_world_landmarks", "segmentation_mask")


class Graph:
    """Runs the graph on one picture after another.

    Parameters
    ----------
    track : bool
        Whether it goes on from the picture before.
    """

    def __init__(self, track: bool) -> None:
        with quiet_native_logs():
            import mediapipe
            from mediapipe.framework import calculator_pb2
            from mediapipe.python import packet_creator
            from mediapipe.python._framework_bindings import (
                calculator_graph,
                resource_util,
                validated_graph_config,
            )

            # Not used, but its imports decide which options of the graph survive below.
            from mediapipe.python.solutions import pose  # noqa: F401

            root = Path(mediapipe.__file__).parent.parent
            resource_util.set_resource_dir(str(root))
            checked = validated_graph_config.ValidatedGraphConfig()
            checked.initialize(binary_graph_path=str(root / _GRAPH))
            config = calculator_pb2.CalculatorGraphConfig()
            config.ParseFromString(checked.binary_config)
            self._graph = calculator_graph.CalculatorGraph(graph_config=config)
            self._found: dict[str, Any] = {}
            for name in _STREAMS:
                self._graph.observe_output_stream(name, self._found.__setitem__, True)
            yes, no = packet_creator.create_bool(True), packet_creator.create_bool(False)
            self._graph.start_run(
                {
                    "smooth_landmarks": no,
                    "enable_segmentation": yes,
                    "smooth_segmentation": no,
                    "model_complexity": packet_creator.create_int(1),
                    "use_prev_landmarks": yes if track else no,
                }
            )
        self._time_us = 0

    def look(
        self, picture: NDArray[np.uint8]
    ) -> tuple[Region | None, NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """Return the region that the graph chose, and its points (33, 3) and mask in there."""
        from mediapipe.python import packet_creator, packet_getter
        from mediapipe.python._framework_bindings.image_frame import ImageFormat

        self._time_us += 33333
        packet = packet_creator.create_image_frame(
            np.ascontiguousarray(picture), image_format=ImageFormat.SRGB
        )
        self._found.clear()
        with quiet_native_logs(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r".*GetPrototype\(\) is deprecated")
            self._graph.add_packet_to_input_stream("image", packet.at(self._time_us))
            self._graph.wait_until_idle()
            rect = self._get("pose_rect", packet_getter.get_proto)
            marks = self._get("pose_landmarks", packet_getter.get_proto)
            mask = self._get("segmentation_mask", packet_getter.get_image_frame)
        height, width = picture.shape[:2]
        region = rect and Region(
            np.array([rect.x_center, rect.y_center], np.float32),
            np.array([rect.width, rect.height], np.float32),
            rect.rotation,
        )
        if marks is None or mask is None:
            return region, None, None
        points = [(p.x * width - 0.5, p.y * height - 0.5, p.visibility) for p in marks.landmark]
        return region, np.array(points, np.float32), mask.numpy_view().copy()

    def _get(self, name: str, getter: Any) -> Any:
        packet = self._found.get(name)
        return None if packet is None or packet.is_empty() else getter(packet)

    def close(self) -> None:
        """Stop it."""
        with quiet_native_logs():
            self._graph.close()
