"""A forgot-password function as tutorials have it: boto3, Powertools with resolver and tracer, pydantic, bcrypt."""

from typing import Any

import bcrypt
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, EmailStr

tracer = Tracer()
logger = Logger()
metrics = Metrics(namespace="Ordinary", service="ordinary")
app = APIGatewayRestResolver()
table = boto3.resource("dynamodb").Table("users")
queue = boto3.client("sqs")
secrets = boto3.client("secretsmanager")
hash_password = bcrypt.hashpw


class ForgotPassword(BaseModel):
    """Who forgot a password."""

    email: EmailStr


@app.post("/auth/forgot-password")
@tracer.capture_method
def forgot_password() -> dict[str, str]:
    """Check the request and answer, without a call to AWS."""
    ForgotPassword.model_validate(app.current_event.json_body)
    return {"message": "If an account exists for that address, password reset instructions have been sent."}


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Route."""
    return app.resolve(event, context)
