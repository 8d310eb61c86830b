"""Reports: the result document, the page, the overlay video, and exports to other programs."""
