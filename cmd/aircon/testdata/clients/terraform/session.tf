# A role with each kind of policy that a role can have, a key with an alias, and a secret under it with a policy, a version and a rotation.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

data "aws_caller_identity" "here" {}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_iam_role" "tasks" {
  name                 = "tasks"
  path                 = "/airflow/"
  description          = "Runs tasks"
  max_session_duration = 7200
  assume_role_policy   = data.aws_iam_policy_document.tasks.json
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { team = "data-platform" }
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["secretsmanager:*", "kms:*"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "read" {
  name        = "read"
  description = "Reads one secret"
  tags        = { team = "data-platform" }
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.db.arn }]
  })
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.tasks.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy" "decrypt" {
  name = "decrypt"
  role = aws_iam_role.tasks.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.db.arn }]
  })
}

resource "aws_kms_key" "db" {
  description             = "Secrets of databases"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 7
  tags                    = { team = "data-platform" }
}

resource "aws_kms_alias" "db" {
  name          = "alias/db"
  target_key_id = aws_kms_key.db.key_id
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "client/db"
  description             = "Analytics warehouse"
  kms_key_id              = aws_kms_key.db.arn
  recovery_window_in_days = 0
  tags                    = { team = "data-platform" }
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = "first"
  lifecycle {
    ignore_changes = [secret_string, version_stages] # rotation makes other versions
  }
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn = aws_secretsmanager_secret.db.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "secretsmanager:DeleteSecret"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalArn" = aws_iam_role.tasks.arn } }
    }]
  })
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id           = aws_secretsmanager_secret_version.db.secret_id
  rotation_lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
  rotation_rules {
    automatically_after_days = 30
  }
}
