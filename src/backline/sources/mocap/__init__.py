"""Motion capture: markers (C3D, TRC) and OpenSim's joint angles as a source of postures."""
