"""A CDK app with the service twice, one beside a users table of its own, and with the nag packs watching."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from password_reset_cdk import Config, PasswordReset, UsersTable

app = cdk.App()
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
stack = cdk.Stack(app, "mall", env=cdk.Environment(region="us-east-1"))
text = dynamodb.AttributeType.STRING
kept = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
key = dynamodb.Attribute(name="customerId", type=text)
customers = dynamodb.Table(stack, "Customers", partition_key=key, point_in_time_recovery_specification=kept)
customers.add_global_secondary_index(
    index_name="byEmail", partition_key=dynamodb.Attribute(name="email_key", type=text)
)
common = {"environment": "dev", "product_name": "Shop", "support_email": "help@example.com", "protect_data": False}
common |= {"create_mail_identity": False}  # the domain's is another app's
common |= {"mail_from": "no-reply@example.com", "architecture": app.node.try_get_context("architecture") or "arm64"}
common |= {"frontend_url": "https://shop.example.com", "allowed_origins": ["https://shop.example.com"]}
shape = UsersTable(key="customerId", index="byEmail")
PasswordReset(stack, "Customer", users_table=customers, config=Config(**common, users_table=shape))
PasswordReset(stack, "Staff", config=Config(**common))
app.synth()
