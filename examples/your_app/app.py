"""A CDK app with the service in it: `pip install password-reset-cdk`."""

import aws_cdk as cdk
from password_reset_cdk import Config, PasswordReset

app = cdk.App()
stack = cdk.Stack(app, "shop")
config = Config(
    environment="dev",
    frontend_url="https://shop.example.com",
    allowed_origins=["https://shop.example.com"],
    product_name="Shop",
    support_email="help@example.com",
    mail_from="no-reply@example.com",
)
PasswordReset(stack, "Reset", config=config)
app.synth()
