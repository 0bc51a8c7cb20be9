"""What a flow costs: counted calls, measured times and published prices, to dollars."""
