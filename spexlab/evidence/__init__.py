"""What is measured: spectral indices, the masks and regions that they give, spectra, and parts of a mask."""
