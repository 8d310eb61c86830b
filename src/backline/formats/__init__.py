"""File formats: video frames with their time stamps, series, OpenSim's formats."""
