"""The service under load, on a real DynamoDB engine: is anything lost, doubled, slower with time, or larger?"""
