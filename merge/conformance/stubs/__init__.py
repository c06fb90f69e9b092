"""Programs that talk to the conformance kit and merge nothing yet: what ``conform init`` writes."""
