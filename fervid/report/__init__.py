"""The report on a study: one page that opens without a network, made from timelines."""
