"""The benchmarks, as far as they can be wrong: what they measure on."""
