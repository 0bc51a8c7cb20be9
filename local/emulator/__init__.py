"""An AWS account on this machine, which the stack is deployed to: MiniStack, taught what it lacks."""
