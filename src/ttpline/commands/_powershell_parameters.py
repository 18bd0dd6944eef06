"""Parameters of powershell.exe and of the cmdlets that matter most, so that abbreviations can be spelt out.

Names are those of Microsoft's reference pages. A cmdlet's parameter may be shortened to any prefix that only it has.
"""

from functools import lru_cache
from typing import Final

from ttpline.commands._reading import listed

_SHELL: Final[tuple[tuple[str, str], ...]] = (
    # (shortest form, full name): about_PowerShell_exe and about_Pwsh; "e" is EncodedCommand, "ex" ExecutionPolicy
    ("e", "encodedcommand"), ("ex", "executionpolicy"), ("c", "command"), ("f", "file"), ("nop", "noprofile"),
    ("noni", "noninteractive"), ("noe", "noexit"), ("nol", "nologo"), ("w", "windowstyle"), ("v", "version"),
    ("i", "inputformat"), ("o", "outputformat"), ("s", "sta"), ("m", "mta"), ("p", "psconsolefile"),
    ("config", "configurationname"), ("h", "help"), ("wo", "workingdirectory"), ("l", "login"),
    ("cus", "custompipename"), ("settings", "settingsfile"), ("encodeda", "encodedarguments"),
    ("interactive", "interactive"), ("noprofilel", "noprofileloadtime"),
    ("r", "removeworkingdirectorytrailingcharacter"),
)  # fmt: skip
_SHELL_SHORT: Final = {
    "ec": "encodedcommand", "ep": "executionpolicy", "if": "inputformat", "of": "outputformat",
    "wd": "workingdirectory",
    "pscf": "psconsolefile", "cwa": "commandwithargs", "?": "help", "ea": "encodedarguments", "exec": "executionpolicy",
}  # fmt: skip
SHELL_VALUES: Final = listed(
    "executionpolicy windowstyle version inputformat outputformat psconsolefile configurationname "
    "workingdirectory custompipename settingsfile encodedarguments"
)
"""Parameters of powershell.exe that take the next word."""

_COMMON: Final = listed(
    "verbose debug erroraction warningaction informationaction errorvariable warningvariable "
    "informationvariable outvariable outbuffer pipelinevariable whatif confirm"
)
_COMMON_ALIASES: Final = {
    "vb": "verbose", "db": "debug", "ea": "erroraction", "wa": "warningaction", "infa": "informationaction",
    "ev": "errorvariable", "wv": "warningvariable", "iv": "informationvariable", "ov": "outvariable", "ob": "outbuffer",
    "pv": "pipelinevariable", "wi": "whatif", "cf": "confirm", "cn": "computername", "pspath": "literalpath",
    "lp": "literalpath",
}  # fmt: skip

_ITEMS = "path literalpath filter include exclude credential force"
_WEB = (
    "uri outfile method headers body useragent usebasicparsing credential usedefaultcredentials proxy proxycredential"
    " proxyusedefaultcredentials sessionvariable websession timeoutsec contenttype infile transferencoding passthru"
    " certificate certificatethumbprint disablekeepalive maximumredirection skipcertificatecheck form resume"
)
_SELECT = "inputobject property excludeproperty expandproperty first last skip skiplast unique index wait"
_PARAMETERS: Final[dict[str, str]] = {
    "add-content": f"{_ITEMS} value passthru nonewline encoding stream",
    "add-localgroupmember": "group member name sid",
    "add-mppreference": "exclusionpath exclusionextension exclusionprocess exclusionipaddress force"
    " attacksurfacereductionrules_ids attacksurfacereductionrules_actions threatiddefaultaction_ids",
    "add-type": "typedefinition name memberdefinition namespace usingnamespace path literalpath assemblyname"
    " referencedassemblies outputassembly outputtype passthru language ignorewarnings codedomprovider",
    "clear-content": f"{_ITEMS} stream",
    "clear-eventlog": "logname computername",
    "compress-archive": "path literalpath destinationpath compressionlevel update force passthru",
    "convertto-securestring": "string asplaintext force key securekey",
    "copy-item": f"{_ITEMS} destination container recurse passthru fromsession tosession",
    "disable-netfirewallrule": "name displayname all group displaygroup policystore inputobject direction action"
    " enabled",
    "disable-scheduledtask": "taskname taskpath inputobject cimsession",
    "enable-psremoting": "force skipnetworkprofilecheck",
    "enter-pssession": "computername credential port usessl configurationname applicationname authentication session id"
    " hostname username keyfilepath vmname containerid connectionuri instanceid sessionoption enablenetworkaccess",
    "expand-archive": "path literalpath destinationpath force passthru",
    "export-certificate": "cert filepath type noclobber force",
    "export-pfxcertificate": "cert filepath password pfxdata noproperties protectto chainoption cryptoalgorithmoption"
    " force",
    "export-csv": "inputobject path literalpath delimiter force noclobber encoding append useculture notypeinformation",
    "foreach-object": "process begin end inputobject membername argumentlist remainingscripts parallel throttlelimit"
    " asjob",
    "format-list": "property groupby view showerror displayerror force expand inputobject",
    "format-table": "property autosize hidetableheaders wrap groupby view showerror displayerror force expand"
    " inputobject",
    "get-aduser": "filter identity properties searchbase searchscope server credential ldapfilter resultpagesize"
    " resultsetsize authtype partition",
    "get-adcomputer": "filter identity properties searchbase searchscope server credential ldapfilter resultpagesize"
    " resultsetsize authtype partition",
    "get-adgroup": "filter identity properties searchbase searchscope server credential ldapfilter resultpagesize",
    "get-adgroupmember": "identity recursive server credential authtype partition",
    "get-childitem": f"{_ITEMS} recurse depth name attributes directory file hidden readonly system followsymlink",
    "get-ciminstance": "classname query namespace filter property computername cimsession resourceuri keyonly"
    " querydialect shallow operationtimeoutsec inputobject",
    "get-clipboard": "format textformattype raw delimiter",
    "get-command": "name verb noun module commandtype totalcount syntax argumentlist all listimported parametername",
    "get-content": f"{_ITEMS} readcount totalcount tail raw wait delimiter encoding stream asbytestream",
    "get-credential": "credential message username title",
    "get-eventlog": "logname computername newest after before username instanceid index entrytype source message list",
    "get-item": f"{_ITEMS} stream",
    "get-itemproperty": f"{_ITEMS} name",
    "get-localgroupmember": "group member name sid",
    "get-localuser": "name sid",
    "get-mppreference": "cimsession throttlelimit asjob",
    "get-netfirewallrule": "name displayname all group displaygroup policystore direction action enabled",
    "get-nettcpconnection": "localaddress localport remoteaddress remoteport state owningprocess appliedsetting",
    "get-process": "name id computername module fileversioninfo includeusername inputobject",
    "get-scheduledtask": "taskname taskpath cimsession",
    "get-service": "name displayname computername dependentservices requiredservices include exclude inputobject",
    "get-winevent": "logname listlog listprovider providername filterxpath filterhashtable filterxml path maxevents"
    " computername credential force oldest",
    "get-wmiobject": "class query namespace filter property computername credential impersonation authentication locale"
    " recurse list enableallprivileges amended asjob directread authority throttlelimit",
    "import-module": "name global prefix function cmdlet variable alias force passthru ascustomobject minimumversion"
    " maximumversion requiredversion argumentlist disablenamechecking noclobber scope pssession cimsession assembly"
    " moduleinfo fullyqualifiedname skipeditioncheck usewindowspowershell",
    "install-module": "name scope force allowclobber repository requiredversion minimumversion maximumversion"
    " skippublishercheck acceptlicense allowprerelease credential proxy inputobject",
    "invoke-cimmethod": "classname methodname arguments namespace computername query ciminstance cimsession cimclass"
    " resourceuri operationtimeoutsec querydialect",
    "invoke-command": "scriptblock computername credential session filepath argumentlist asjob jobname port usessl"
    " configurationname authentication throttlelimit hidecomputername inputobject connectionuri hostname"
    " username vmname"
    " containerid indisconnectedsession sessionname sessionoption nonewscope enablenetworkaccess",
    "invoke-expression": "command",
    "invoke-item": "path literalpath filter include exclude credential",
    "invoke-restmethod": f"{_WEB} followrellink statuscodevariable responseheadersvariable",
    "invoke-webrequest": _WEB,
    "invoke-wmimethod": "class name argumentlist path namespace computername credential inputobject impersonation"
    " authentication locale enableallprivileges asjob authority throttlelimit",
    "move-item": f"{_ITEMS} destination passthru",
    "new-item": "path name itemtype value force credential",
    "new-itemproperty": f"{_ITEMS} name propertytype value",
    "new-localuser": "name password nopassword description fullname accountexpires accountneverexpires"
    " passwordneverexpires usermaynotchangepassword disabled",
    "new-netfirewallrule": "name displayname direction action protocol localport remoteport localaddress remoteaddress"
    " program service profile enabled description group policystore interfacealias interfacetype edgetraversalpolicy",
    "new-object": "typename argumentlist property comobject strict",
    "new-psdrive": "name psprovider root description scope persist credential",
    "new-pssession": "computername credential port usessl configurationname applicationname throttlelimit sessionoption"
    " authentication name hostname username keyfilepath connectionuri vmname containerid",
    "new-scheduledtaskaction": "execute argument workingdirectory id",
    "new-scheduledtasktrigger": "once daily weekly at atlogon atstartup daysofweek daysinterval weeksinterval user"
    " randomdelay repetitioninterval repetitionduration",
    "new-service": "name binarypathname displayname description startuptype credential dependson"
    " securitydescriptorsddl",
    "out-file": "filepath literalpath encoding append force noclobber width nonewline inputobject",
    "register-scheduledtask": "taskname taskpath action trigger settings principal description user password runlevel"
    " force xml inputobject",
    "register-wmievent": "class query namespace computername credential sourceidentifier action messagedata timeout",
    "remove-item": f"{_ITEMS} recurse stream",
    "remove-itemproperty": f"{_ITEMS} name",
    "rename-item": "path literalpath newname force passthru credential",
    "resolve-dnsname": "name type server dnsonly cacheonly nohostsfile llmnronly quicktimeout tcponly",
    "select-object": _SELECT,
    "select-string": "pattern path literalpath inputobject simplematch casesensitive quiet list include exclude"
    " notmatch allmatches encoding context raw noemphasis",
    "send-mailmessage": "to from subject body smtpserver attachments bcc cc bodyashtml encoding priority"
    " deliverynotificationoption credential usessl port",
    "set-acl": "path literalpath aclobject inputobject filter include exclude passthru clearcentralaccesspolicy",
    "set-content": f"{_ITEMS} value passthru nonewline encoding stream asbytestream",
    "set-executionpolicy": "executionpolicy scope force",
    "set-item": f"{_ITEMS} value passthru",
    "set-itemproperty": f"{_ITEMS} name value inputobject passthru type",
    "set-location": "path literalpath passthru stackname",
    "set-mppreference": "disablerealtimemonitoring disablebehaviormonitoring disableioavprotection"
    " disablescriptscanning"
    " disableintrusionpreventionsystem disableblockatfirstseen disablearchivescanning disableremovabledrivescanning"
    " exclusionpath exclusionextension exclusionprocess mapsreporting submitsamplesconsent puaprotection"
    " enablecontrolledfolderaccess enablenetworkprotection lowthreatdefaultaction moderatethreatdefaultaction"
    " highthreatdefaultaction severethreatdefaultaction scanscheduleday"
    " signaturedisableupdateonstartupwithoutengine force",
    "set-netfirewallprofile": "profile name all enabled defaultinboundaction defaultoutboundaction allowinboundrules"
    " logallowed logblocked logfilename logmaxsizekilobytes notifyonlisten policystore",
    "set-service": "name displayname description startuptype status credential passthru force inputobject",
    "start-bitstransfer": "source destination transfertype asynchronous credential displayname description priority"
    " proxyusage proxylist proxycredential proxybypass proxyauthentication authentication retryinterval retrytimeout",
    "start-job": "scriptblock name filepath literalpath initializationscript argumentlist inputobject credential"
    " authentication runas32 psversion definitionname type workingdirectory",
    "start-process": "filepath argumentlist workingdirectory windowstyle verb wait passthru nonewwindow credential"
    " redirectstandardoutput redirectstandarderror redirectstandardinput loaduserprofile usenewenvironment environment",
    "start-service": "name displayname inputobject passthru include exclude",
    "start-sleep": "seconds milliseconds duration",
    "stop-computer": "computername force credential asjob wsmanauthentication",
    "stop-process": "name id force passthru inputobject",
    "stop-service": "name displayname force nowait inputobject passthru include exclude",
    "tee-object": "filepath literalpath variable append inputobject encoding",
    "test-connection": "computername targetname count delay quiet buffersize ttl source asjob tcpport traceroute",
    "test-netconnection": "computername port commontcpport informationlevel traceroute hops diagnoserouting",
    "test-path": "path literalpath filter include exclude pathtype isvalid credential olderthan newerthan",
    "unregister-scheduledtask": "taskname taskpath inputobject cimsession",
    "where-object": "filterscript inputobject property value eq ne gt ge lt le like notlike match notmatch contains"
    " notcontains in notin is isnot not",
}


def parameter_name(program: str, word: str) -> str | None:
    """The full name, lower case and without dash, of a parameter that may be abbreviated; None where it is not one.

    ``program`` is as in ``SimpleCommand.program``. A value after a colon is left out.

    >>> parameter_name("powershell", "-Enc"), parameter_name("powershell", "/nop"), parameter_name("powershell", "-no")
    ('encodedcommand', 'noprofile', None)
    >>> parameter_name("invoke-webrequest", "-OutF"), parameter_name("get-childitem", "-Recurse:$true")
    ('outfile', 'recurse')
    """
    if len(word) < 2 or word[0] not in "-/\u2013\u2014\u2015":
        return None
    name = word.lstrip("-\u2013\u2014\u2015" if word[0] != "/" else "/").partition(":")[0].lower()
    if not name or len(name) > _LONGEST:
        return None
    if program == "powershell":
        return _shell_parameter(name)
    return _cmdlet_parameter(program, name) if word[0] != "/" and program in _PARAMETERS else None


_LONGEST: Final = 60  # no parameter is longer


def _shell_parameter(name: str) -> str | None:
    if name in _SHELL_SHORT:
        return _SHELL_SHORT[name]
    fits = [full for shortest, full in _SHELL if full.startswith(name) and name.startswith(shortest)]
    return fits[0] if fits else None


@lru_cache(maxsize=4096)
def _cmdlet_parameter(program: str, name: str) -> str | None:
    own = tuple(_PARAMETERS[program].split())
    if name in own or name in _COMMON:
        return name
    fits = [full for full in (*own, *_COMMON) if full.startswith(name)]
    if len(fits) == 1:
        return fits[0]
    alias = _COMMON_ALIASES.get(name)
    return alias if alias and (alias in own or alias in _COMMON) else None
