//go:build recorded

package secretsmanager_test

import (
	"encoding/base64"
	"fmt"
	"strings"
)

type m = object

// scripts are the calls of the recorded scenarios, as their answers tell them.
var scripts = map[string]func(*scenario, string){
	"test_call_lists_secrets_multiple_times":                                  playLists,
	"test_call_lists_secrets_multiple_times_snapshots":                        playLists,
	"test_can_recreate_delete_secret":                                         playRecreate,
	"test_create_and_update_secret":                                           playCreateAndUpdate,
	"test_create_multi_secrets_snapshot":                                      playMany,
	"test_deprecated_secret_version_stage":                                    playDeprecated,
	"test_force_delete_deleted_secret":                                        playForceDelete,
	"test_get_secret_value":                                                   playBinary,
	"test_get_secret_value_errors":                                            playGetErrors,
	"test_invalid_secret_name":                                                playInvalidName,
	"test_non_versioning_version_stages_no_replacement":                       playCustom("one", "two", "four"),
	"test_non_versioning_version_stages_replacement":                          playCustom("one", "two", "three", "four"),
	"test_put_secret_value_with_version_stages":                               playPutStages,
	"test_resource_policy":                                                    playPolicy,
	"test_rotate_secret_invalid_lambda_arn":                                   playRotateInvalid,
	"test_rotate_secret_with_lambda_success":                                  playRotate,
	"test_secret_exists_snapshots":                                            playExists,
	"test_secret_restore":                                                     playRestore,
	"test_secret_version_not_found":                                           playVersionNotFound,
	"test_tag_untag_resource_on_deleted_secret":                               playTagDeleted,
	"test_update_secret_version_stages_current_pending":                       playPending,
	"test_update_secret_version_stages_current_pending_cycle_custom_stages_1": playCycle,
	"test_update_secret_version_stages_current_previous":                      playPrevious,
}

func playLists(s *scenario, _ string) {
	s.step("create_secret_rs_1", "CreateSecret", m{"Name": name(0), "SecretString": "x", "Description": "testing creation of secrets"})
	for i := range 3 {
		s.step(fmt.Sprintf("list_secrets_res_%d", i), "ListSecrets", m{"Filters": []m{{"Key": "name", "Values": []string{name(0)}}}})
	}
	s.step("delete_secret_res_1", "DeleteSecret", m{"SecretId": name(0), "ForceDeleteWithoutRecovery": true})
}

func playRecreate(s *scenario, _ string) {
	s.step("create_secret_res_0", "CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("delete_res_1", "DeleteSecret", m{"SecretId": name(0), "ForceDeleteWithoutRecovery": true})
	second := s.step("create_secret_res_1", "CreateSecret", m{"Name": name(0), "SecretString": "y"})
	if _, err := s.aws.Call("secretsmanager.GetSecretValue", m{"SecretId": second["ARN"], "VersionId": token(1)}); err == nil {
		s.aws.T.Error("a version of the deleted secret is still there")
	}
}

// playCreateAndUpdate reads by name, by whole ARN, and by ARN without suffix, which fails for a name that ends as a
// suffix does.
func playCreateAndUpdate(s *scenario, parameter string) {
	id := strings.TrimSuffix(strings.TrimSuffix(parameter, "-True"), "-False")
	if strings.HasPrefix(id, "s-") {
		id = name(0)
	}
	created := s.step("create_secret_rs_1", "CreateSecret", m{"Name": id, "SecretString": "my_secret", "Description": "Testing secret creation."})
	arn := created["ARN"].(string)
	s.step("get_secret_value_rs_1", "GetSecretValue", m{"SecretId": id})
	s.step("get_secret_value_rs_2", "GetSecretValue", m{"SecretId": arn})
	partial := "get_secret_value_rs_3"
	if _, ok := s.steps[partial]; !ok {
		partial = "resource_not_found_dict_1"
	}
	s.step(partial, "GetSecretValue", m{"SecretId": arn[:len(arn)-len("-AbCdEf")]})
	s.step("describe_secret_rs_1", "DescribeSecret", m{"SecretId": id})
	s.step("put_secret_value_rs_1", "PutSecretValue", m{"SecretId": id, "SecretString": "new_secret"})
	s.step("get_secret_value_rs_4", "GetSecretValue", m{"SecretId": id})
	s.step("update_secret_res_1", "UpdateSecret", m{"SecretId": id, "SecretString": "third"})
	s.step("delete_secret_res_1", "DeleteSecret", m{"SecretId": id, "ForceDeleteWithoutRecovery": true})
}

func playMany(s *scenario, _ string) {
	for i := range 3 {
		s.do("CreateSecret", m{"Name": name(i), "SecretString": "x", "Description": "Testing secrets creation."})
	}
	s.step("list_secrets_res", "ListSecrets", m{})
	for i := range 3 {
		s.step(fmt.Sprintf("delete_secret_res%d", i), "DeleteSecret", m{"SecretId": name(i), "ForceDeleteWithoutRecovery": true})
	}
}

func playDeprecated(s *scenario, _ string) {
	id := m{"SecretId": name(0)}
	all := m{"SecretId": name(0), "IncludeDeprecated": true}
	s.step("create_secret", "CreateSecret", m{"Name": name(0), "SecretString": "v1"})
	s.step("list_secret_version_ids", "ListSecretVersionIds", id)
	s.step("put_secret_value_1", "PutSecretValue", m{"SecretId": name(0), "SecretString": "v2"})
	s.step("list_secret_version_ids_1", "ListSecretVersionIds", id)
	s.step("put_secret_value_2", "PutSecretValue", m{"SecretId": name(0), "SecretString": "v3"})
	s.step("list_secret_version_ids_2", "ListSecretVersionIds", id)
	s.step("list_secret_version_ids_3", "ListSecretVersionIds", all)
	s.step("put_secret_value_3", "PutSecretValue", m{"SecretId": name(0), "SecretString": "v4"})
	s.step("list_secret_version_ids_4", "ListSecretVersionIds", id)
	s.step("list_secret_version_ids_5", "ListSecretVersionIds", all)
}

func playForceDelete(s *scenario, _ string) {
	s.step("create_secret_response", "CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("delete_secret_response", "DeleteSecret", m{"SecretId": name(0)})
	s.step("describe_secret_response", "DescribeSecret", m{"SecretId": name(0)})
	s.step("force_delete_secret_response", "DeleteSecret", m{"SecretId": name(0), "ForceDeleteWithoutRecovery": true})
}

func playBinary(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0), "SecretBinary": base64.StdEncoding.EncodeToString([]byte("footest"))})
	s.step("secret_value_response", "GetSecretValue", m{"SecretId": name(0)})
	s.step("secret_value_http_response", "GetSecretValue", m{"SecretId": name(0)})
}

func playGetErrors(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("error_get_secret_value_non_existing", "GetSecretValue", m{"SecretId": name(0), "VersionStage": "AWSPREVIOUS"})
	s.step("mismatch_version_id_and_stage", "GetSecretValue", m{"SecretId": name(0), "VersionId": token(1), "VersionStage": "AWSPREVIOUS"})
}

func playInvalidName(s *scenario, id string) {
	s.step("ex_log_1", "CreateSecret", m{"Name": id, "SecretString": "x"})
	for i, operation := range []string{
		"DeleteSecret", "DescribeSecret", "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds", "PutSecretValue",
		"TagResource", "UntagResource", "UpdateSecret",
	} {
		s.step(fmt.Sprintf("ex_log_%d", i+2), operation, m{"SecretId": id, "Tags": []m{}, "TagKeys": []string{}})
	}
}

func playCustom(second ...string) func(*scenario, string) {
	return func(s *scenario, _ string) {
		s.step("create_secret_rs_0", "CreateSecret", m{"Name": name(0), "SecretString": "v1"})
		s.step("put_secret_value_res_0", "PutSecretValue", m{"SecretId": name(0), "SecretString": "v2", "VersionStages": []string{"one", "two", "three"}})
		s.step("list_secret_version_ids_res_0", "ListSecretVersionIds", m{"SecretId": name(0)})
		s.step("put_secret_value_res_1", "PutSecretValue", m{"SecretId": name(0), "SecretString": "v3", "VersionStages": second})
		s.step("list_secret_version_ids_res_1", "ListSecretVersionIds", m{"SecretId": name(0)})
		s.step("delete_secret_res_0", "DeleteSecret", m{"SecretId": name(0)})
	}
}

func playPutStages(s *scenario, _ string) {
	s.step("create_secret_rs_0", "CreateSecret", m{"Name": name(0), "SecretString": "secret_string_v0"})
	s.step("get_secret_value_res_0", "GetSecretValue", m{"SecretId": name(0)})
	for i, labels := range [][]string{{"SAMPLESTAGE0", "SAMPLESTAGE1"}, {"SAMPLESTAGE0", "SAMPLESTAGE1"}, {"AWSPENDING"}, {"AWSCURRENT"}} {
		n := i + 1
		s.step(fmt.Sprintf("put_secret_value_res_%d", n), "PutSecretValue",
			m{"SecretId": name(0), "SecretString": fmt.Sprintf("secret_string_v%d", n), "VersionStages": labels})
		s.step(fmt.Sprintf("get_secret_value_res_%d", n), "GetSecretValue", m{"SecretId": name(0)})
	}
	s.step("delete_secret_res_1", "DeleteSecret", m{"SecretId": name(0)})
}

func playPolicy(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("put_resource_policy", "PutResourcePolicy", m{"SecretId": name(0), "ResourcePolicy": `{"Version": "2012-10-17", "Statement": [` +
		`{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}`})
	s.step("get_resource_policy", "GetResourcePolicy", m{"SecretId": name(0)})
}

func playExists(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("ex_log", "CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("delete_secret_res", "DeleteSecret", m{"SecretId": name(0)})
}

func playRestore(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("delete_secret_res", "DeleteSecret", m{"SecretId": name(0)})
	s.step("restore_secret_res", "RestoreSecret", m{"SecretId": name(0)})
}

func playVersionNotFound(s *scenario, _ string) {
	s.do("CreateSecret", m{"Name": name(0)})
	s.step("get_secret_value_no_version_ex", "GetSecretValue", m{"SecretId": name(0)})
	s.do("PutSecretValue", m{"SecretId": name(0), "SecretString": "x"})
	s.step("get_secret_value_stage_not_found_ex", "GetSecretValue", m{"SecretId": name(0), "VersionStage": "AWSPENDING"})
	s.step("get_secret_value_version_not_found_ex", "GetSecretValue", m{"SecretId": name(0), "VersionId": missingVersion})
}

func playTagDeleted(s *scenario, _ string) {
	s.step("create_secret", "CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("delete_secret", "DeleteSecret", m{"SecretId": name(0)})
	s.step("tag_deleted_secret_error", "TagResource", m{"SecretId": name(0), "Tags": []m{{"Key": "a", "Value": "b"}}})
	s.step("untag_deleted_secret_error", "UntagResource", m{"SecretId": name(0), "TagKeys": []string{"a"}})
}

func playPending(s *scenario, _ string) {
	s.step("create_secret_rs_0", "CreateSecret", m{"Name": name(0), "SecretString": "S1"})
	s.step("put_secret_value_res_0", "PutSecretValue", m{"SecretId": name(0), "SecretString": "S2", "VersionStages": []string{"AWSPENDING"}})
	s.step("list_secret_version_ids_res_0", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("update_secret_version_stage_res_0", "UpdateSecretVersionStage",
		m{"SecretId": name(0), "VersionStage": "AWSCURRENT", "RemoveFromVersionId": token(1), "MoveToVersionId": token(2)})
	s.step("list_secret_version_ids_res_1", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("put_secret_value_res_1", "PutSecretValue", m{"SecretId": name(0), "SecretString": "S3"})
	s.step("list_secret_version_ids_res_2", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("delete_secret_res_0", "DeleteSecret", m{"SecretId": name(0)})
}

func playCycle(s *scenario, _ string) {
	move := func(step string, from, to int) {
		s.step(step, "UpdateSecretVersionStage",
			m{"SecretId": name(0), "VersionStage": "AWSCURRENT", "RemoveFromVersionId": token(from), "MoveToVersionId": token(to)})
	}
	s.step("create_secret_rs_0", "CreateSecret", m{"Name": name(0), "SecretString": "S1"})
	s.step("put_secret_value_res_0", "PutSecretValue",
		m{"SecretId": name(0), "SecretString": "S2", "VersionStages": []string{"AWSPENDING", "AWSSOMETHING", "PUT1"}})
	s.step("list_secret_version_ids_res_0", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("get_secret_value_res_0", "GetSecretValue", m{"SecretId": name(0)})
	move("update_secret_version_stage_res_0", 1, 2)
	s.step("list_secret_version_ids_res_1", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("get_secret_value_res_1", "GetSecretValue", m{"SecretId": name(0)})
	s.step("put_secret_value_res_1", "PutSecretValue", m{"SecretId": name(0), "SecretString": "S3", "VersionStages": []string{"AWSPENDING", "PUT2"}})
	s.step("list_secret_version_ids_res_2", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("get_secret_value_res_2", "GetSecretValue", m{"SecretId": name(0)})
	move("update_secret_version_stage_res_1", 2, 3)
	s.step("list_secret_version_ids_res_3", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("get_secret_value_res_3", "GetSecretValue", m{"SecretId": name(0)})
	s.step("delete_secret_res_0", "DeleteSecret", m{"SecretId": name(0)})
}

func playPrevious(s *scenario, _ string) {
	s.step("create_secret_rs_0", "CreateSecret", m{"Name": name(0), "SecretString": "S1"})
	s.step("list_secret_version_ids_res_0", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("update_secret_res_0", "UpdateSecret", m{"SecretId": name(0), "SecretString": "S2"})
	s.step("list_secret_version_ids_res_1", "ListSecretVersionIds", m{"SecretId": name(0)})
	s.step("delete_secret_res_0", "DeleteSecret", m{"SecretId": name(0)})
}

func playRotateInvalid(s *scenario, _ string) {
	s.step("create_secret", "CreateSecret", m{"Name": name(0), "SecretString": "x"})
	s.step("rotate_secret_invalid_arn_exc", "RotateSecret", m{
		"SecretId": name(0), "RotationLambdaARN": "arn:aws:lambda:eu-west-1:111122223333:function:none", "RotationRules": m{"AutomaticallyAfterDays": 1},
	})
	s.step("describe_secret", "DescribeSecret", m{"SecretId": name(0)})
}

// playRotate: the function of the recording reads the current value.
func playRotate(s *scenario, immediately string) {
	s.rotating.before["setSecret"] = func() { s.do("GetSecretValue", m{"SecretId": name(0)}) }
	s.do("CreateSecret", m{"Name": name(0), "SecretString": "x", "Description": "testing rotation of secrets"})
	in := m{"SecretId": name(0), "RotationLambdaARN": lambda, "RotationRules": m{"AutomaticallyAfterDays": 1}}
	if immediately == "True" {
		in["RotateImmediately"] = true
	}
	s.step("rotate_secret_immediately", "RotateSecret", in)
	s.aws.RunDue()
	s.step("describe_secret_rotated", "DescribeSecret", m{"SecretId": name(0)})
	s.step("list_secret_versions_rotated_1", "ListSecretVersionIds", m{"SecretId": name(0)})
}
