"""What the paper reports, as data, and how a run is compared with it. Imports nothing else of this package."""
