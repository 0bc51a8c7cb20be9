"""The whole service on one machine: the same functions, on moto instead of AWS."""
