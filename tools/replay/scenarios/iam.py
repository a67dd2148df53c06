"""The recorded scenarios of IAM. A scenario's roles and policies have names and paths of their own."""

import json

import local


def trust(service, action="sts:AssumeRole"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": action}]})


EC2 = trust("ec2.amazonaws.com")
LIST_SECRETS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "*"}]}
)


def test_create_describe_role(play):
    iam, name, path = play.aws.iam, local.unique("role"), f"/{local.unique('path')}/"
    play.step("create_role_result", iam.create_role, RoleName=name, Path=path, AssumeRolePolicyDocument=EC2)
    play.step("get_role_result", iam.get_role, RoleName=name)
    play.step("list_roles_result", iam.list_roles, PathPrefix=path)


def test_list_roles_with_permission_boundary(play):
    """ListRoles leaves the boundary out, as its reference says."""
    iam, name, path = play.aws.iam, local.unique("role"), f"/{local.unique('path')}/"
    play.step("created_role", iam.create_role, RoleName=name, Path=path, AssumeRolePolicyDocument=EC2)
    boundary = iam.create_policy(PolicyName=local.unique("policy"), PolicyDocument=LIST_SECRETS)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    play.step("list_roles_result", iam.list_roles, PathPrefix=path)


def test_update_assume_role_policy(play):
    iam, name = play.aws.iam, local.unique("role")
    document = trust(["ec2.amazonaws.com"], ["sts:AssumeRole"])
    play.step("created_role", iam.create_role, RoleName=name, AssumeRolePolicyDocument=document)
    play.step("updated_policy", iam.update_assume_role_policy, RoleName=name, PolicyDocument=document)


def _attach(play, attach, **principal):
    name = local.unique("policy")
    arn = play.step("create_policy_response", play.aws.iam.create_policy, PolicyName=name, PolicyDocument=LIST_SECRETS)["Policy"]["Arn"]
    for step, id in (
        ("non_existent_malformed_policy_arn", "this-is-the-arn-of-nothing"),
        ("existing_policy_name_provided", name),
        ("valid_arn_not_existent", arn + "123"),
        ("valid_policy_arn", arn),
    ):
        play.step(step, attach, PolicyArn=id, **principal)


def test_role_attach_policy(play):
    name = local.unique("role")
    play.aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)
    _attach(play, play.aws.iam.attach_role_policy, RoleName=name)


def test_user_attach_policy(play):
    name = local.unique("user")
    play.aws.iam.create_user(UserName=name)
    _attach(play, play.aws.iam.attach_user_policy, UserName=name)
