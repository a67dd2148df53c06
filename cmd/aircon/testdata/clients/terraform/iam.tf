# Users, groups, roles, policies, an instance profile, a service-linked role and the account's alias, with what data sources say of them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "session" { default = 7200 }
variable "team" { default = "data" }
variable "group" { default = "readers" }
variable "user" { default = "loader" }

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.me.account_id, aws_iam_user.loader.arn]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:*:*:secret:airflow/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = [var.team]
    }
  }
}

resource "aws_iam_user" "loader" {
  name                 = var.user
  path                 = "/batch/"
  permissions_boundary = aws_iam_policy.limit.arn
  force_destroy        = true
  tags                 = { team = var.team }
}

resource "aws_iam_access_key" "loader" { user = aws_iam_user.loader.name }

resource "aws_iam_user_policy" "own" {
  name   = "own"
  user   = aws_iam_user.loader.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "read" {
  user       = aws_iam_user.loader.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group" "readers" {
  name = var.group
  path = "/batch/"
}

resource "aws_iam_group_policy" "own" {
  group  = aws_iam_group.readers.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "read" {
  group      = aws_iam_group.readers.name
  policy_arn = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
}

resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.loader.name]
}

resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "secretsmanager:*", Resource = "*" }] })
}

resource "aws_iam_policy" "read" {
  name        = "read"
  path        = "/airflow/"
  description = "reads connections"
  policy      = data.aws_iam_policy_document.read.json
  tags        = { team = var.team }
}

resource "aws_iam_role" "execution" {
  name                  = "execution"
  path                  = "/service/"
  description           = "tasks of ${var.team}"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.session
  permissions_boundary  = aws_iam_policy.limit.arn
  force_detach_policies = true
  tags                  = { team = var.team }
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role" "exclusive" {
  name               = "exclusive"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policies_exclusive" "exclusive" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = []
}

resource "aws_iam_role_policy_attachments_exclusive" "exclusive" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = [aws_iam_policy.limit.arn]
}

resource "aws_iam_instance_profile" "worker" {
  name = "worker"
  role = aws_iam_role.execution.name
  tags = { team = var.team }
}

resource "aws_iam_service_linked_role" "mwaa" { aws_service_name = "airflow.amazonaws.com" }

resource "aws_iam_account_alias" "alias" { account_alias = "airflow-${var.team}" }

data "aws_iam_role" "execution" { name = aws_iam_role.execution.name }
data "aws_iam_roles" "all" {
  name_regex = "^exec"
  depends_on = [aws_iam_role.execution]
}
data "aws_iam_policy" "read" { arn = aws_iam_policy.read.arn }
data "aws_iam_policy" "aws" { name = "ViewOnlyAccess" }
data "aws_iam_user" "loader" { user_name = aws_iam_user.loader.name }
data "aws_iam_users" "all" { depends_on = [aws_iam_user.loader] }
data "aws_iam_group" "readers" {
  group_name = aws_iam_group.readers.name
  depends_on = [aws_iam_group_membership.readers]
}
data "aws_iam_instance_profile" "worker" { name = aws_iam_instance_profile.worker.name }
data "aws_iam_instance_profiles" "execution" {
  role_name  = aws_iam_role.execution.name
  depends_on = [aws_iam_instance_profile.worker]
}
data "aws_iam_account_alias" "alias" { depends_on = [aws_iam_account_alias.alias] }
data "aws_iam_access_keys" "loader" {
  user       = aws_iam_user.loader.name
  depends_on = [aws_iam_access_key.loader]
}
data "aws_iam_session_context" "me" { arn = data.aws_caller_identity.me.arn }
data "aws_iam_principal_policy_simulation" "read" {
  action_names      = ["secretsmanager:GetSecretValue"]
  policy_source_arn = aws_iam_role.execution.arn
  resource_arns     = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:airflow/db-AbCdEf"]
  context {
    key    = "aws:PrincipalTag/team"
    type   = "string"
    values = [var.team]
  }
  depends_on = [aws_iam_role_policy.own]
}

output "viewing" { value = data.aws_iam_policy.aws.arn }
output "simulated" { value = data.aws_iam_principal_policy_simulation.read.all_allowed }
output "profile_of" { value = data.aws_iam_instance_profiles.execution.names }
output "members" { value = [for u in data.aws_iam_group.readers.users : u.user_name] }
