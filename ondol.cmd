@echo off
rem Ondol's command line: finds a JDK, builds what has changed, runs it.
rem
rem   ONDOL_JAVA_OPTS   more flags for the JVM, for instance -Xmx8g
setlocal EnableExtensions DisableDelayedExpansion

set "ROOT=%~dp0"
if "%ROOT:~-1%"=="\" set "ROOT=%ROOT:~0,-1%"
set "TARGET=%ROOT%\cli\target"
set "LOG=%TARGET%\ondol-build.log"

rem Only `ondol bench` needs the benchmarks, and only its --peers what they are compared with.
rem LIBRARIES are the modules whose libraries are in their target\lib; STAMPS those whose target has a stamp.
set "MODULES=core cpu-backend opencl-backend cuda-backend distributed io data train cli"
set "LIBRARIES=cli"
set "STAMPS=cli"
set "PROFILE="
set "PEERS="
if /i not "%~1"=="bench" goto chosen
set "MODULES=%MODULES% benchmarks"
set "LIBRARIES=cli benchmarks"
set "STAMPS=cli benchmarks"
for %%A in (%*) do if "%%~A"=="--peers" set "PEERS=benchmarks\peers\pytorch benchmarks\peers\djl benchmarks\peers\nd4j benchmarks\peers\netlib"
if not defined PEERS goto chosen
set "LIBRARIES=%LIBRARIES% %PEERS%"
set "STAMPS=%STAMPS% benchmarks\peers"
set "PROFILE=-Ppeers"
:chosen
for %%M in (%STAMPS%) do call set "STAMP=%%ROOT%%\%%M\target\.ondol-built"

rem --- a JDK 25 or later: JAVA_HOME, the java of PATH, the usual folders ---
set "JDK="
if defined JAVA_HOME call :try "%JAVA_HOME%"
if not defined JDK for %%J in (java.exe) do if not "%%~$PATH:J"=="" call :try "%%~dp$PATH:J.."
if not defined JDK for %%P in (
  "%ProgramFiles%\Eclipse Adoptium"
  "%ProgramFiles%\Java"
  "%ProgramFiles%\Microsoft"
  "%ProgramFiles%\Zulu"
  "%ProgramFiles%\BellSoft"
  "%ProgramFiles%\Amazon Corretto"
  "%LOCALAPPDATA%\Programs\Eclipse Adoptium"
  "%USERPROFILE%\.jdks"
  "%USERPROFILE%\.m2\jdks"
  "%USERPROFILE%\.gradle\jdks"
  "%USERPROFILE%\.sdkman\candidates\java"
  "%USERPROFILE%\scoop\apps\temurin25-jdk"
) do if exist "%%~P" for /d %%D in ("%%~P\*") do call :try "%%~D"

if not defined JDK (
  >&2 echo ondol: needs a JDK 25 or later, and found none.
  >&2 echo Looked at JAVA_HOME, at the java of PATH, in "%ProgramFiles%" ^(Eclipse Adoptium, Java, Microsoft, Zulu,
  >&2 echo BellSoft, Amazon Corretto^), and in .jdks, .m2\jdks, .gradle\jdks, .sdkman and scoop of "%USERPROFILE%".
  >&2 echo To get one, any of:
  >&2 echo   winget install EclipseAdoptium.Temurin.25.JDK
  >&2 echo   https://adoptium.net/temurin/releases/?version=25      ^(then set JAVA_HOME to its folder^)
  exit /b 1
)

rem --- build what has changed ---
call :stale
if errorlevel 1 goto run

where mvn >nul 2>&1
if errorlevel 1 (
  >&2 echo ondol: needs Apache Maven 3.8 or later ^(mvn^) to build itself, and found none in PATH.
  >&2 echo To get it: https://maven.apache.org/download.cgi   ^(then add its bin folder to PATH^), or: scoop install maven
  exit /b 1
)
if not exist "%TARGET%" mkdir "%TARGET%"
if not exist "%TARGET%" (
  >&2 echo ondol: cannot write to "%TARGET%", where it builds itself
  exit /b 1
)
if exist "%ROOT%\core\target\classes" (
  >&2 echo building Ondol ^(something changed^) ...
) else (
  >&2 echo building Ondol ^(first use; about a minute^) ...
)
for %%M in (%STAMPS%) do if exist "%ROOT%\%%M\target\.ondol-built" del /q "%ROOT%\%%M\target\.ondol-built"
for %%M in (%LIBRARIES%) do if exist "%ROOT%\%%M\target\lib" rmdir /s /q "%ROOT%\%%M\target\lib"
rem The stamp bears the time at which the build began: what is edited meanwhile counts as changed.
set "BEGUN=%TARGET%\.ondol-begun"
type nul >"%BEGUN%"
set "CALLERS_JAVA_HOME=%JAVA_HOME%"
set "JAVA_HOME=%JDK%"
pushd "%ROOT%"
set "PROJECTS=%LIBRARIES: =,%"
call mvn -q -B -Dmaven.test.skip=true %PROFILE% -pl "%PROJECTS:\=/%" -am process-classes >"%LOG%" 2>&1 <nul
set "RC=%ERRORLEVEL%"
popd
set "JAVA_HOME=%CALLERS_JAVA_HOME%"
if not "%RC%"=="0" (
  >&2 findstr /b /c:"[ERROR]" "%LOG%"
  >&2 echo ondol: the build failed; all of its output is in "%LOG%"
  exit /b 1
)
for %%M in (%STAMPS%) do (
  if not exist "%ROOT%\%%M\target" mkdir "%ROOT%\%%M\target"
  copy /y "%BEGUN%" "%ROOT%\%%M\target\.ondol-built" >nul
)
del /q "%BEGUN%"

:run
set "CP="
for %%M in (core cpu-backend opencl-backend cuda-backend distributed io data train) do call set "CP=%%CP%%%%ROOT%%\%%M\target\classes;"
rem The JVM writes "WARNING: Using incubator modules" whenever the Vector API is used; no flag of Java 25 silences it.
rem The benchmarks run in processes of their own, with this class path.
set "BENCHMARKS="
if not "%STAMPS%"=="cli" set BENCHMARKS="-Dondol.benchmarks=%CP%%ROOT%\benchmarks\target\classes;%ROOT%\benchmarks\target\lib\*" "-Dondol.benchmarks.pytorch=%ROOT%\benchmarks\pytorch"
if defined PEERS set BENCHMARKS=%BENCHMARKS% "-Dondol.benchmarks.peers=%ROOT%\benchmarks\peers"
"%JDK%\bin\java.exe" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true %BENCHMARKS% %ONDOL_JAVA_OPTS% -cp "%CP%%ROOT%\cli\target\classes;%TARGET%\lib\*" ondol.cli.Main %*
exit /b %ERRORLEVEL%

rem Takes the folder as the JDK if there is none yet and its release file names Java 25 or later.
:try
if defined JDK exit /b 0
if not exist "%~f1\bin\javac.exe" exit /b 0
if not exist "%~f1\release" exit /b 0
findstr /r /c:"^JAVA_VERSION=.2[5-9]" /c:"^JAVA_VERSION=.[3-9][0-9]" "%~f1\release" >nul && set "JDK=%~f1"
exit /b 0

rem Succeeds when there is no finished build, or a file or folder of the sources is newer than it.
:stale
if not exist "%STAMP%" exit /b 0
for %%M in (%LIBRARIES%) do if not exist "%ROOT%\%%M\target\lib" exit /b 0
powershell -NoProfile -Command "$t=(Get-Item -LiteralPath $env:STAMP).LastWriteTimeUtc; $n=foreach($m in \"$env:MODULES $env:PEERS\".Trim() -split ' '){Get-Item -LiteralPath \"$env:ROOT\$m\pom.xml\"; Get-Item -LiteralPath \"$env:ROOT\$m\src\main\"; Get-ChildItem -Recurse -LiteralPath \"$env:ROOT\$m\src\main\"}; $n+=Get-Item -LiteralPath \"$env:ROOT\pom.xml\"; if($env:PEERS){$n+=Get-Item -LiteralPath \"$env:ROOT\benchmarks\peers\pom.xml\"}; if($n|Where-Object{$_.LastWriteTimeUtc -gt $t}|Select-Object -First 1){exit 0}else{exit 1}"
exit /b %ERRORLEVEL%
