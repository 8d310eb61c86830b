"""Files in and out, nothing more: video frames with their times, series, OpenSim's formats."""
