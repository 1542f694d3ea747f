package alloy

// pipedriveError reads {"success": false, "error": "Deal not found", "error_info": …, "errorCode": 404}; errorCode is
// missing more often than not, and then the HTTP status decides. Newer versions add a "code".
// Without one of its particular keys it could as well be Alloy's.
//
// https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
func pipedriveError(d document) (complaint, bool) {
	c := complaint{
		code:    text(d.keys["code"]),
		message: text(d.keys["error"]),
		status:  number(d.keys["errorCode"]),
	}
	_, info := d.keys["error_info"]
	_, more := d.keys["additional_data"]
	if string(d.keys["success"]) != "false" || c.message == "" || !(info || more || c.status >= 400) {
		return complaint{}, false
	}
	c.class = classOfStatus(c.status, c.message)
	return c, true
}
