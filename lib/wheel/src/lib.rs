//! Open a wheel strictly; decide what goes where; put it there; check it later.
