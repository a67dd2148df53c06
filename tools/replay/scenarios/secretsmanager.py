"""The recorded scenarios of Secrets Manager. A scenario's secrets have names of its own, as all share one local AWS."""

import json
import uuid

import local

FOREVER = {"ForceDeleteWithoutRecovery": True}


def create(play, **arguments):
    """Makes a secret without a recorded answer, and returns its name."""
    name = local.unique("replay")
    play.aws.secretsmanager.create_secret(Name=name, **{"SecretString": "x"} | arguments)
    return name


def delete(play, step, name, **arguments):
    play.step(step, play.aws.secretsmanager.delete_secret, SecretId=name, **arguments)


def versions(play, step, name, **arguments):
    play.step(step, play.aws.secretsmanager.list_secret_version_ids, SecretId=name, **arguments)


def get(play, step, name, **arguments):
    return play.step(step, play.aws.secretsmanager.get_secret_value, SecretId=name, **arguments)


def put(play, step, name, value, *stages):
    """Puts a value and returns its version."""
    arguments = {"VersionStages": list(stages)} if stages else {}
    return play.step(step, play.aws.secretsmanager.put_secret_value, SecretId=name, SecretString=value, **arguments)["VersionId"]


def first(play, step, **arguments):
    """Makes a secret and returns its name and version."""
    name = local.unique("replay")
    made = play.step(step, play.aws.secretsmanager.create_secret, Name=name, **{"SecretString": "S1"} | arguments)
    return name, made["VersionId"]


def move_current(play, step, name, old, new):
    play.step(
        step,
        play.aws.secretsmanager.update_secret_version_stage,
        SecretId=name,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=old,
        MoveToVersionId=new,
    )


def test_call_lists_secrets_multiple_times(play):
    name, _ = first(play, "create_secret_rs_1", Description="testing creation of secrets")
    for i in range(3):
        play.step(f"list_secrets_res_{i}", play.aws.secretsmanager.list_secrets, Filters=[{"Key": "name", "Values": [name]}])
    delete(play, "delete_secret_res_1", name, **FOREVER)


test_call_lists_secrets_multiple_times_snapshots = test_call_lists_secrets_multiple_times


def test_can_recreate_delete_secret(play):
    name, old = first(play, "create_secret_res_0")
    delete(play, "delete_res_1", name, **FOREVER)
    play.step("create_secret_res_1", play.aws.secretsmanager.create_secret, Name=name, SecretString="S2")
    play.refused(play.aws.secretsmanager.get_secret_value, SecretId=name, VersionId=old)


def test_create_and_update_secret(play):
    """Reads by name, by ARN, and by ARN without suffix, which fails for a name that ends as a suffix does."""
    client = play.aws.secretsmanager
    name = play.parameter.removesuffix("-True").removesuffix("-False")
    name = local.unique("replay") if name.startswith("s-") else name
    arn = play.step(
        "create_secret_rs_1", client.create_secret, Name=name, SecretString="my_secret", Description="Testing secret creation."
    )["ARN"]
    partial = next(step for step in ("get_secret_value_rs_3", "resource_not_found_dict_1") if step in play.recorded)
    for step, id in (("get_secret_value_rs_1", name), ("get_secret_value_rs_2", arn), (partial, arn[: -len("-AbCdEf")])):
        get(play, step, id)
    play.step("describe_secret_rs_1", client.describe_secret, SecretId=name)
    put(play, "put_secret_value_rs_1", name, "new_secret")
    get(play, "get_secret_value_rs_4", name)
    play.step("update_secret_res_1", client.update_secret, SecretId=name, SecretString="third")
    delete(play, "delete_secret_res_1", name, **FOREVER)


def test_create_multi_secrets_snapshot(play):
    prefix = local.unique("replay")
    names = [f"{prefix}-{i}" for i in range(3)]
    for name in names:
        play.aws.secretsmanager.create_secret(Name=name, SecretString="x", Description="Testing secrets creation.")
    play.step("list_secrets_res", play.aws.secretsmanager.list_secrets, Filters=[{"Key": "name", "Values": [prefix]}], SortOrder="asc")
    for i, name in enumerate(names):
        delete(play, f"delete_secret_res{i}", name, **FOREVER)


def test_deprecated_secret_version_stage(play):
    """Versions without a label are listed on request only."""
    name, _ = first(play, "create_secret")
    versions(play, "list_secret_version_ids", name)
    put(play, "put_secret_value_1", name, "S2")
    versions(play, "list_secret_version_ids_1", name)
    put(play, "put_secret_value_2", name, "S3")
    versions(play, "list_secret_version_ids_2", name)
    versions(play, "list_secret_version_ids_3", name, IncludeDeprecated=True)
    put(play, "put_secret_value_3", name, "S4")
    versions(play, "list_secret_version_ids_4", name)
    versions(play, "list_secret_version_ids_5", name, IncludeDeprecated=True)


def test_force_delete_deleted_secret(play):
    name, _ = first(play, "create_secret_response")
    delete(play, "delete_secret_response", name)
    play.step("describe_secret_response", play.aws.secretsmanager.describe_secret, SecretId=name)
    delete(play, "force_delete_secret_response", name, **FOREVER)


def test_get_secret_value(play):
    """boto3 gives a binary value decoded; on the wire it is base64."""
    name = local.unique("replay")
    play.aws.secretsmanager.create_secret(Name=name, SecretBinary=b"footest")
    get(play, "secret_value_response", name)
    _, answer = play.aws.post("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": name})
    play.compare("secret_value_http_response", json.loads(answer))


def test_get_secret_value_errors(play):
    name = local.unique("replay")
    version = play.aws.secretsmanager.create_secret(Name=name, SecretString="x")["VersionId"]
    get(play, "error_get_secret_value_non_existing", name, VersionStage="AWSPREVIOUS")
    get(play, "mismatch_version_id_and_stage", name, VersionId=version, VersionStage="AWSPREVIOUS")


def test_invalid_secret_name(play):
    client, id = play.aws.secretsmanager, {"SecretId": play.parameter}
    calls = [
        (client.create_secret, {"Name": play.parameter, "SecretString": "x"}),
        (client.delete_secret, id),
        (client.describe_secret, id),
        (client.get_resource_policy, id),
        (client.get_secret_value, id),
        (client.list_secret_version_ids, id),
        (client.put_secret_value, id | {"SecretString": "x"}),
        (client.tag_resource, id | {"Tags": [{"Key": "a", "Value": "b"}]}),
        (client.untag_resource, id | {"TagKeys": ["a"]}),
        (client.update_secret, id | {"SecretString": "x"}),
    ]
    for i, (call, arguments) in enumerate(calls, 1):
        play.step(f"ex_log_{i}", call, **arguments)


def _custom_stages(play, *second):
    name, _ = first(play, "create_secret_rs_0")
    put(play, "put_secret_value_res_0", name, "S2", "one", "two", "three")
    versions(play, "list_secret_version_ids_res_0", name)
    put(play, "put_secret_value_res_1", name, "S3", *second)
    versions(play, "list_secret_version_ids_res_1", name)
    delete(play, "delete_secret_res_0", name)


def test_non_versioning_version_stages_no_replacement(play):
    _custom_stages(play, "one", "two", "four")


def test_non_versioning_version_stages_replacement(play):
    _custom_stages(play, "one", "two", "three", "four")


def test_put_secret_value_with_version_stages(play):
    name, _ = first(play, "create_secret_rs_0", SecretString="secret_string_v0")
    get(play, "get_secret_value_res_0", name)
    custom = ("SAMPLESTAGE1", "SAMPLESTAGE0")
    for i, stages in enumerate((custom, custom, ("AWSPENDING",), ()), 1):
        put(play, f"put_secret_value_res_{i}", name, f"secret_string_v{i}", *stages)
        get(play, f"get_secret_value_res_{i}", name)
    delete(play, "delete_secret_res_1", name)


def test_resource_policy(play):
    name, client = create(play), play.aws.secretsmanager
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    play.step("put_resource_policy", client.put_resource_policy, SecretId=name, ResourcePolicy=policy)
    play.step("get_resource_policy", client.get_resource_policy, SecretId=name)


def test_rotate_secret_invalid_lambda_arn(play):
    name, _ = first(play, "create_secret")
    missing = local.ROTATOR + "-that-is-not-there"
    play.step(
        "rotate_secret_invalid_arn_exc",
        play.aws.secretsmanager.rotate_secret,
        SecretId=name,
        RotationLambdaARN=missing,
        RotationRules={"AutomaticallyAfterDays": 1},
    )
    play.step("describe_secret", play.aws.secretsmanager.describe_secret, SecretId=name)


def test_rotate_secret_with_lambda_success(play):
    client, name = play.aws.secretsmanager, create(play, Description="testing rotation of secrets")
    now = {} if play.parameter == "None" else {"RotateImmediately": True}
    version = play.step(
        "rotate_secret_immediately",
        client.rotate_secret,
        SecretId=name,
        RotationLambdaARN=local.ROTATOR,
        RotationRules={"AutomaticallyAfterDays": 1},
        **now,
    )["VersionId"]
    play.until("LastRotatedDate", lambda: "LastRotatedDate" in client.describe_secret(SecretId=name))
    play.step("describe_secret_rotated", client.describe_secret, SecretId=name)
    versions(play, "list_secret_versions_rotated_1", name)
    if client.get_secret_value(SecretId=name)["VersionId"] != version:
        play.differences.append("the current version is not the one that rotate_secret named")


def test_secret_exists_snapshots(play):
    name = create(play)
    play.step("ex_log", play.aws.secretsmanager.create_secret, Name=name, SecretString="x")
    delete(play, "delete_secret_res", name)


def test_secret_restore(play):
    name = create(play)
    delete(play, "delete_secret_res", name)
    play.step("restore_secret_res", play.aws.secretsmanager.restore_secret, SecretId=name)


def test_secret_version_not_found(play):
    name = local.unique("replay")
    play.aws.secretsmanager.create_secret(Name=name)
    get(play, "get_secret_value_no_version_ex", name)
    play.aws.secretsmanager.put_secret_value(SecretId=name, SecretString="x")
    get(play, "get_secret_value_stage_not_found_ex", name, VersionStage="AWSPENDING")
    get(play, "get_secret_value_version_not_found_ex", name, VersionId=str(uuid.uuid4()))


def test_tag_untag_resource_on_deleted_secret(play):
    name, _ = first(play, "create_secret")
    delete(play, "delete_secret", name)
    play.step("tag_deleted_secret_error", play.aws.secretsmanager.tag_resource, SecretId=name, Tags=[{"Key": "a", "Value": "b"}])
    play.step("untag_deleted_secret_error", play.aws.secretsmanager.untag_resource, SecretId=name, TagKeys=["a"])


def test_update_secret_version_stages_current_pending(play):
    name, one = first(play, "create_secret_rs_0")
    two = put(play, "put_secret_value_res_0", name, "S2", "AWSPENDING")
    versions(play, "list_secret_version_ids_res_0", name)
    move_current(play, "update_secret_version_stage_res_0", name, one, two)
    versions(play, "list_secret_version_ids_res_1", name)
    put(play, "put_secret_value_res_1", name, "S3")
    versions(play, "list_secret_version_ids_res_2", name)
    delete(play, "delete_secret_res_0", name)


def test_update_secret_version_stages_current_pending_cycle_custom_stages_1(play):
    name, one = first(play, "create_secret_rs_0")
    two = put(play, "put_secret_value_res_0", name, "S2", "AWSPENDING", "AWSSOMETHING", "PUT1")
    versions(play, "list_secret_version_ids_res_0", name)
    get(play, "get_secret_value_res_0", name)
    move_current(play, "update_secret_version_stage_res_0", name, one, two)
    versions(play, "list_secret_version_ids_res_1", name)
    get(play, "get_secret_value_res_1", name)
    three = put(play, "put_secret_value_res_1", name, "S3", "AWSPENDING", "PUT2")
    versions(play, "list_secret_version_ids_res_2", name)
    get(play, "get_secret_value_res_2", name)
    move_current(play, "update_secret_version_stage_res_1", name, two, three)
    versions(play, "list_secret_version_ids_res_3", name)
    get(play, "get_secret_value_res_3", name)
    delete(play, "delete_secret_res_0", name)


def test_update_secret_version_stages_current_previous(play):
    name, _ = first(play, "create_secret_rs_0")
    versions(play, "list_secret_version_ids_res_0", name)
    play.step("update_secret_res_0", play.aws.secretsmanager.update_secret, SecretId=name, SecretString="S2")
    versions(play, "list_secret_version_ids_res_1", name)
    delete(play, "delete_secret_res_0", name)
