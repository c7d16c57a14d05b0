; The installer and the uninstaller for one user: neither asks for an administrator.
;
;   makensis -DVERSION=1.2.3 -DPROGRAM=echo-monitor.exe -DLICENCE=LICENSE -DICON=echo-monitor.ico -DOUT=setup.exe -DSIGN=sign installer.nsi
;
; With -DSOON it is made sooner, and larger.
; SIGN is a command that signs the uninstaller, which nobody else gets to see before it is packed.
;
; Silent: setup.exe /S, uninstall.exe /S. The exit status is 0, or 2 where the program runs and cannot be replaced.
; Settings stay where the program is removed, unless the person ticks them, or says /SETTINGS beside /S.
Unicode true
Target amd64-unicode
ManifestDPIAware true
!ifdef SOON
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif
RequestExecutionLevel user

!include MUI2.nsh
!include FileFunc.nsh
!include x64.nsh
!include WinVer.nsh

!define NAME "Echo Monitor"
!define TYPE "EchoMonitor.Profile"
!define CLASSES "Software\Classes"
!define REMOVAL "Software\Microsoft\Windows\CurrentVersion\Uninstall\EchoMonitor"

Name "${NAME}"
OutFile "${OUT}"
!uninstfinalize '${SIGN} "%1"' = 0
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
; Where an earlier version is, the new one goes.
InstallDirRegKey HKCU "${REMOVAL}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} Setup"
VIAddVersionKey "LegalCopyright" "Licensed under MIT OR Apache-2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "installer.bmp"
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\echo-monitor.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Start ${NAME}"
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_ICONSTOP "${NAME} needs Windows 10 or later." /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

; A program that runs can be neither replaced nor removed. Asks until it can be, or the person gives up.
!macro MAKE_ROOM VERB
  ${DoWhile} ${FileExists} "$INSTDIR\echo-monitor.exe"
    ClearErrors
    Delete "$INSTDIR\echo-monitor.exe"
    ${IfNot} ${Errors}
      ${Break}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is running. Close it to ${VERB} it." /SD IDCANCEL IDRETRY +3
      SetErrorLevel 2
      Quit
  ${Loop}
!macroend

Section "-Program"
  !insertmacro MAKE_ROOM "replace"
  SetOutPath "$INSTDIR"
  File "/oname=echo-monitor.exe" "${PROGRAM}"
  File "/oname=LICENSE.txt" "${LICENCE}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\echo-monitor.exe" "" "" "" "" "" "Watch a board's echo over MQTT with mutual TLS"

  ; A profile opens with a double click.
  WriteRegStr HKCU "${CLASSES}\.echo-profile" "" "${TYPE}"
  WriteRegStr HKCU "${CLASSES}\${TYPE}" "" "${NAME} profile"
  WriteRegStr HKCU "${CLASSES}\${TYPE}\DefaultIcon" "" "$INSTDIR\echo-monitor.exe,0"
  WriteRegStr HKCU "${CLASSES}\${TYPE}\shell\open\command" "" '"$INSTDIR\echo-monitor.exe" "%1"'
  ${RefreshShellIcons}

  ; What the list of installed programs shows. The size is in KiB.
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegStr HKCU "${REMOVAL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${REMOVAL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${REMOVAL}" "DisplayIcon" "$INSTDIR\echo-monitor.exe,0"
  WriteRegStr HKCU "${REMOVAL}" "Publisher" "${NAME}"
  WriteRegStr HKCU "${REMOVAL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${REMOVAL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${REMOVAL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${REMOVAL}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${REMOVAL}" "NoModify" 1
  WriteRegDWORD HKCU "${REMOVAL}" "NoRepair" 1
SectionEnd

Section "un.${NAME}"
  SectionIn RO
  !insertmacro MAKE_ROOM "remove"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  ; Only what is empty: a person may have chosen a folder with files of their own.
  RMDir "$INSTDIR"
  RMDir "$LOCALAPPDATA\Programs"
  Delete "$SMPROGRAMS\${NAME}.lnk"

  ; Another program may have taken over the type since.
  ReadRegStr $0 HKCU "${CLASSES}\.echo-profile" ""
  ${If} $0 == "${TYPE}"
    DeleteRegKey HKCU "${CLASSES}\.echo-profile"
  ${EndIf}
  DeleteRegKey HKCU "${CLASSES}\${TYPE}"
  DeleteRegKey HKCU "${REMOVAL}"
  ; What the program wrote about itself. What a person made stays: settings, recordings.
  RMDir /r "$LOCALAPPDATA\echo-monitor\logs"
  RMDir /r "$LOCALAPPDATA\echo-monitor\crashes"
  RMDir "$LOCALAPPDATA\echo-monitor"
  ${un.RefreshShellIcons}
SectionEnd

Section /o "un.Profiles, settings, recordings" un.settings
  RMDir /r "$APPDATA\echo-monitor"
  RMDir /r "$LOCALAPPDATA\echo-monitor"
SectionEnd

Function un.onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/SETTINGS" $1
  ${IfNot} ${Errors}
    SectionSetFlags ${un.settings} 1
  ${EndIf}
FunctionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${un.settings} "Also removes profiles, preferences and recordings. Files of certificates and keys stay."
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END
