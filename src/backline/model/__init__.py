"""What is known of a lift once it is measured: posture, measurement, analysis."""
